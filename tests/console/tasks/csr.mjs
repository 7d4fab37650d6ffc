// A certificate request (PKCS#10) with a new key on the curve P-256 and an empty name.
import { generateKeyPairSync, sign } from 'node:crypto';

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const VERSION_0 = Buffer.from([0x02, 0x01, 0x00]);
const NO_ATTRIBUTES = Buffer.from([0xa0, 0x00]);
/** `ecdsa-with-SHA256` (RFC 5758, section 3.2). */
const ALGORITHM = Buffer.from('300a06082a8648ce3d040302', 'hex');

export function certificateRequest() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const information = der(SEQUENCE, VERSION_0, der(SEQUENCE), key, NO_ATTRIBUTES);
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', information, privateKey));
  const lines = der(SEQUENCE, information, ALGORITHM, signature).toString('base64').match(/.{1,64}/g);
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----'].join('\n');
}

function der(tag, ...parts) {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

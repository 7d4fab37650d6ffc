// Sends log records by the OpenTelemetry SDK for JavaScript: node otlp_sender.mjs URL CERTIFICATE KEY CA
import { readFileSync } from 'node:fs';
import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';

const [url, ...files] = process.argv.slice(2);
const [cert, key, ca] = files.map((file) => readFileSync(file));

// Without a logger an exporter that fails says nothing.
diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);

for (const [encoding, Exporter] of Object.entries({ json: JsonExporter, protobuf: ProtobufExporter })) {
  for (const compression of ['none', 'gzip']) {
    const exporter = new Exporter({ url, compression, httpAgentOptions: { cert, key, ca } });
    const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
    const logger = provider.getLogger('sender');
    logger.emit({ severityNumber: SeverityNumber.INFO, body: `${encoding} ${compression} õäöü mari@example.ee` });
    logger.emit({ severityNumber: SeverityNumber.ERROR, body: { encoding, compression } });
    await provider.shutdown();
  }
}

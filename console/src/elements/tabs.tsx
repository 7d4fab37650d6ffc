//! The parts of a page that have an address each.

import { Link } from 'wouter';

interface Props {
  label: string;
  /** The path and the text of each part. */
  tabs: { path: string; text: string; isHere: boolean }[];
}

export function Tabs({ label, tabs }: Props) {
  return (
    <nav class="tabs" aria-label={label}>
      <ul>
        {tabs.map(({ path, text, isHere }) => (
          <li key={path}>
            <Link href={path} aria-current={isHere ? 'page' : undefined}>
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

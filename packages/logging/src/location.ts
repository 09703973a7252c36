import { fileURLToPath } from 'node:url';

/** What stands between the caller and here. */
const OWN = ['location', 'logger'].map((name) => fileURLToPath(new URL(`./${name}.`, import.meta.url)));

/** Where the logger was called, `orchestration/dist/round/round.js:88`; undefined if the stack does not contain it. */
export function callerLocation(): string | undefined {
  for (const line of (new Error('location').stack ?? '').split('\n').slice(1)) {
    const [, file = '', number = ''] = /\(?((?:file:\/\/)?[^\s()]+):(\d+):\d+\)?$/.exec(line) ?? [];
    const path = file.startsWith('file://') ? fileURLToPath(file) : file;
    if (
      path === '' ||
      path.startsWith('node:') ||
      OWN.some((own) => path.startsWith(own)) ||
      path.includes('/node_modules/pino/')
    )
      continue;
    return `${path.replace(/^.*[/\\](?:packages|apps|node_modules)[/\\]/, '')}:${number}`;
  }
  return undefined;
}

import { createRequire } from 'node:module';
import type { DestinationStream } from 'pino';
import type * as PinoPretty from 'pino-pretty';

const require = createRequire(import.meta.url);

/** Lines for people. Writes at once: the last line of a process that dies is not lost. */
export function forPeople(
  sink: DestinationStream,
  { mayColour }: { readonly mayColour: boolean },
): DestinationStream {
  // Loaded here: most processes write for machines.
  const { isColorSupported, prettyFactory } = require('pino-pretty') as typeof PinoPretty;
  const format = prettyFactory({
    colorize: mayColour && isColorSupported,
    ignore: 'node,role,component',
    messageFormat: (record, key) =>
      `${record['component'] ? `${String(record['component'])}: ` : ''}${String(record[key])}`,
    translateTime: 'SYS:HH:MM:ss',
  });
  return { write: (line) => sink.write(format(line)) };
}

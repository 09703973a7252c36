import type { DestinationStream } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Lines for people. Writes at once: the last line of a process that dies is not lost. */
export function forPeople(sink: DestinationStream, colorize: boolean): DestinationStream {
  const format = prettyFactory({
    colorize,
    ignore: 'node,role,component',
    messageFormat: (record, key) =>
      `${record['component'] ? `${String(record['component'])}: ` : ''}${String(record[key])}`,
    translateTime: 'SYS:HH:MM:ss',
  });
  return { write: (line) => sink.write(format(line)) };
}

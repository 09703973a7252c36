import { pino } from 'pino';
import transform from 'pino-gelf/lib/transformer/standard-gelf.js';

/** GELF refuses other names. */
const OTHER_THAN_NAME = /[^\w.-]/g;

/**
 * A written record as a GELF 1.1 message: pino-gelf's, but with numbers as numbers (pino-gelf makes texts of them, of
 * which Graylog draws no curve), stacks in `full_message`, and names that GELF takes.
 */
export function gelfMessage(line: string): string {
  const { node, level, time, msg, err, error, ...fields } = JSON.parse(line) as Readonly<
    Record<string, unknown>
  >;
  const failure = err ?? error;
  const message = transform({
    hostname: node,
    level: pino.levels.values[String(level)],
    time: Date.parse(String(time)),
    msg: typeof msg === 'string' && msg !== '' ? msg : (fields['component'] ?? 'no message'),
  });
  message['_node'] = node;
  message['_level_name'] = level;
  for (const [name, value] of Object.entries(fields)) add(message, name, value);
  if (typeof failure === 'object' && failure !== null) {
    const { stack, code, type, message: reason } = failure as Readonly<Record<string, unknown>>;
    add(message, 'error_type', type);
    add(message, 'error_code', code);
    add(message, 'error_message', reason);
    message['full_message'] = [msg, stack ?? reason].filter((text) => text !== undefined).join('\n');
  } else if (failure !== undefined) add(message, 'error_message', failure);
  return JSON.stringify(message);
}

function add(message: Record<string, unknown>, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  // Graylog keeps `_id` for itself.
  const field = name === 'id' ? '_record_id' : `_${name.replaceAll(OTHER_THAN_NAME, '_')}`;
  message[field] = typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}

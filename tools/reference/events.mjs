import { eventGroups } from '@synergos/contract/events';
import { z } from 'zod';

/** The reference of job events as Markdown. */
export function eventsPage() {
  return [
    '# Job events',
    '',
    '<!-- Generated from packages/contract/src/events by `npm run docs`. -->',
    '',
    'Every job has a list of events. `GET /ttp/jobs/{job_id}/events` streams them as server-sent events, `synergos jobs watch`',
    'prints them. Besides its own fields, each event has `job`, `type`, `sequence` (from 1 within the job) and `at` (ISO 8601, UTC).',
    'A field with `?` is optional. Newer versions may add types and fields. The level is the one at which a TTP logs the event.',
    ...Object.entries(eventGroups).flatMap(([group, events]) => [
      '',
      `## ${group}`,
      ...Object.entries(events).flatMap(([type, event]) => eventOf(type, event)),
    ]),
    '',
  ].join('\n');
}

function eventOf(type, { level, meaning, schema }) {
  const { properties = {}, required = [] } = z.toJSONSchema(schema);
  const fields = Object.entries(properties).map(([name, field]) => {
    const optional = required.includes(name) ? '' : '?';
    return `| \`${name}${optional}\` | ${typeOf(field)} | ${field.description ?? ''} |`;
  });
  const table = ['', '| field | type | meaning |', '| --- | --- | --- |', ...fields];
  return ['', `### \`${type}\``, '', `${meaning} Level: ${level}.`, ...(fields.length === 0 ? [] : table)];
}

/** A JSON schema in one phrase. */
function typeOf({ type, anyOf, items, enum: values, additionalProperties, properties, format }) {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(' or ');
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (type === 'array') return `list of ${typeOf(items)}`;
  if (properties !== undefined) {
    const fields = Object.keys(properties).map((name) => `\`${name}\``);
    return `object of ${fields.join(', ')}`;
  }
  if (type === 'object') return `map to ${typeOf(additionalProperties)}`;
  return format ?? type ?? 'any value';
}

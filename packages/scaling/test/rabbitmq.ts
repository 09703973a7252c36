import { randomUUID } from 'node:crypto';
import { describe, inject, onTestFinished } from 'vitest';
import { Broker, type BrokerOptions } from '../src/index.js';

/** Tests that need RabbitMQ; where it is missing they are skipped, and say why. */
export function describeOnRabbitmq(name: string, tests: () => void): void {
  const rabbitmq = inject('rabbitmq');
  const reason = 'missing' in rabbitmq ? ` (skipped: ${rabbitmq.missing})` : '';
  describe.skipIf('missing' in rabbitmq)(`${name}${reason}`, tests);
}

export function rabbitmqPort(): number {
  const rabbitmq = inject('rabbitmq');
  if ('missing' in rabbitmq) throw new Error(rabbitmq.missing);
  return rabbitmq.port;
}

/** Names that no other test uses. */
export const newNamespace = (): string => `test-${randomUUID()}`;

/** A connection that is closed with the test. */
export async function openBroker(namespace: string, options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const address = { host: '127.0.0.1', port: rabbitmqPort() };
  const broker = await Broker.open({ address, namespace, longestPauseMs: 300, ...options });
  onTestFinished(() => broker.close());
  return broker;
}

/** Waits until `check` gives something. */
export async function eventually<Value>(
  check: () => Value | undefined | false | Promise<Value | undefined | false>,
  timeoutMs = 10_000,
): Promise<Value> {
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not within ${timeoutMs} ms`);
}

/** The dead letters, which stay where they are. */
export async function deadLetters(
  broker: Broker,
): Promise<{ readonly content: string; readonly reason: string; readonly origin: string }[]> {
  const found = [];
  for (;;) {
    const letter = await broker.channel?.get(broker.topology.deadLetters, { noAck: false });
    if (letter === undefined || letter === false) break;
    const headers = letter.properties.headers ?? {};
    found.push({
      content: letter.content.toString(),
      reason: String(headers['x-synergos-reason']),
      origin: String(headers['x-synergos-queue']),
      letter,
    });
  }
  // Left there: a look takes nothing away.
  for (const { letter } of found) broker.channel?.nack(letter, false, true);
  return found;
}

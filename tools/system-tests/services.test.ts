import { expect, it } from 'vitest';
import { FaultProxy } from '@synergos/fault-proxy';
import { answersAmqp, freePort, listens, PrivateRabbitmq } from '@synergos/services';

it('a port that only accepts connections, like that of a starting container, is distinguished from a broker', async () => {
  // It accepts a connection, but cannot forward it.
  await using nothing = await FaultProxy.start(await freePort());
  expect(await listens(nothing.port)).toBe(true);
  expect(await answersAmqp(nothing.port)).toBe(false);
  await using rabbitmq = await PrivateRabbitmq.start();
  expect(await answersAmqp(rabbitmq.port)).toBe(true);
  expect(await answersAmqp(await freePort())).toBe(false);
});

import { expect, it } from 'vitest';
import { FaultProxy } from '@synergos/fault-proxy';
import { answersAmqp, freePort, listens, PrivateRabbitmq } from '@synergos/services';

it('a port that only accepts connections, as a container’s may before its broker is up, is told from a broker', async () => {
  // It accepts, and then finds nobody to pass them on to.
  await using nothing = await FaultProxy.start(await freePort());
  expect(await listens(nothing.port)).toBe(true);
  expect(await answersAmqp(nothing.port)).toBe(false);
  await using rabbitmq = await PrivateRabbitmq.start();
  expect(await answersAmqp(rabbitmq.port)).toBe(true);
  expect(await answersAmqp(await freePort())).toBe(false);
});

import { expect, it, onTestFinished } from 'vitest';
import { describeOnRabbitmq, eventually, newNamespace, openBroker } from '../../test/rabbitmq.js';
import { createInMemoryJobStore } from '../in-memory-job-store.js';
import { JobTaker } from './job-taker.js';
import { encode } from './messages.js';
import { createRabbitmqQueue } from './rabbitmq-queue.js';

describeOnRabbitmq('news', () => {
  it('go only to those who listen to their kind, on the next channel too', async () => {
    const namespace = newNamespace();
    const [teller, listener] = [await openBroker(namespace), await openBroker(namespace)];
    await eventually(() => teller.channel !== undefined && listener.channel !== undefined);
    /** Mandatory: what goes to nobody comes back before it is confirmed. */
    const goesToSomebody = async (kind: string, news: Parameters<typeof encode>[0]) => {
      const channel = teller.channel!;
      let isBack = false;
      const back = () => (isBack = true);
      channel.on('return', back);
      channel.publish(teller.topology.news, kind, encode(news), { mandatory: true });
      await channel.waitForConfirms();
      channel.off('return', back);
      return !isBack;
    };
    const changed = () => goesToSomebody('changed', { type: 'changed', job: 'j' });
    const submitted = () => goesToSomebody('submitted', { type: 'submitted' });
    expect(await changed()).toBe(false);
    const heard: string[] = [];
    listener.onNews('changed', ({ job }) => heard.push(job));
    await eventually(changed);
    expect(await submitted()).toBe(false);
    const before = listener.channel;
    await before?.close();
    await eventually(() => listener.channel !== undefined && listener.channel !== before);
    expect(await changed()).toBe(true);
    await eventually(() => heard.length >= 2);
  });

  it('tell of what happens in quick succession once', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const [home, broker] = [await openBroker(namespace), await openBroker(namespace)];
    const queue = createRabbitmqQueue({ broker: home, store });
    onTestFinished(() => queue.close());
    let heard = 0;
    let goOn = () => {};
    const isHeard = new Promise<void>((resolve) => (goOn = resolve));
    home.onNews('changed', () => {
      heard++;
      goOn();
    });
    let told: unknown;
    home.onTold('mark', (data) => (told = data));
    const mark = (data: string) => broker.announce({ type: 'told', topic: 'mark', data });
    // What is told before a kind is bound is heard by nobody. Marks are bound after changes.
    await eventually(() => {
      mark('bound');
      return told === 'bound';
    });
    await queue.start({});
    const taker = new JobTaker({ broker, store, holder: 'a', pollMs: 100 });
    onTestFinished(() => taker.close());
    taker.start({
      work: async ({ emit }) => {
        for (let round = 1; round <= 10; round++) await emit('round', { round });
        await isHeard;
        return null;
      },
    });
    const { id } = await queue.submit('work', {});
    await queue.wait(id);
    // What was told before it is heard before it.
    mark('end');
    await eventually(() => told === 'end');
    expect(heard).toBe(1);
    expect(await store.events(id)).toHaveLength(13);
  });
});

import { expect, it, onTestFinished } from 'vitest';
import { describeOnRabbitmq, eventually, newNamespace, openBroker } from '../../test/rabbitmq.js';
import { createInMemoryJobStore } from '../in-memory-job-store.js';
import { JobConsumer } from './job-consumer.js';
import { encode } from './messages.js';
import { createRabbitmqQueue } from './rabbitmq-queue.js';

describeOnRabbitmq('notifications', () => {
  it('are sent only to listeners of their kind, also after a reconnection', async () => {
    const namespace = newNamespace();
    const [sender, listener] = [await openBroker(namespace), await openBroker(namespace)];
    await eventually(() => sender.channel !== undefined && listener.channel !== undefined);
    /** Mandatory: a message without a receiver is returned before it is confirmed. */
    const hasReceiver = async (kind: string, notification: Parameters<typeof encode>[0]) => {
      const channel = sender.channel!;
      let isBack = false;
      const back = () => (isBack = true);
      channel.on('return', back);
      channel.publish(sender.topology.notifications, kind, encode(notification), { mandatory: true });
      await channel.waitForConfirms();
      channel.off('return', back);
      return !isBack;
    };
    const changed = () => hasReceiver('changed', { type: 'changed', job: 'j' });
    const submitted = () => hasReceiver('submitted', { type: 'submitted' });
    expect(await changed()).toBe(false);
    const heard: string[] = [];
    listener.onNotification('changed', ({ job }) => heard.push(job));
    await eventually(changed);
    expect(await submitted()).toBe(false);
    const before = listener.channel;
    await before?.close();
    await eventually(() => listener.channel !== undefined && listener.channel !== before);
    expect(await changed()).toBe(true);
    await eventually(() => heard.length >= 2);
  });

  it('announce changes in quick succession once', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const [home, broker] = [await openBroker(namespace), await openBroker(namespace)];
    const queue = createRabbitmqQueue({ broker: home, store });
    onTestFinished(() => queue.close());
    let heard = 0;
    let goOn = () => {};
    const isHeard = new Promise<void>((resolve) => (goOn = resolve));
    home.onNotification('changed', () => {
      heard++;
      goOn();
    });
    let received: unknown;
    home.onTopic('mark', (data) => (received = data));
    const mark = (data: string) => broker.announce({ type: 'told', topic: 'mark', data });
    // A notification sent before its kind is bound is lost. Marks are bound after changes.
    await eventually(() => {
      mark('bound');
      return received === 'bound';
    });
    await queue.start({});
    const consumer = new JobConsumer({ broker, store, holder: 'a', pollMs: 100 });
    onTestFinished(() => consumer.close());
    consumer.start({
      work: async ({ emit }) => {
        for (let round = 1; round <= 10; round++) await emit('resumed', { round });
        await isHeard;
        return null;
      },
    });
    const { id } = await queue.submit('work', {});
    await queue.wait(id);
    // Notifications arrive in order.
    mark('end');
    await eventually(() => received === 'end');
    expect(heard).toBe(1);
    expect(await store.events(id)).toHaveLength(13);
  });
});

import type { TestProject } from 'vitest/node';
import { findRabbitmq, PrivateRabbitmq } from '@synergos/services';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Port of this machine where tests find RabbitMQ, or why they do not. */
    rabbitmq: { readonly port: number } | { readonly missing: string };
  }
}

/** For all tests of a project: a RabbitMQ that lives as long as they run. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (findRabbitmq() === undefined) {
    const missing = 'no RabbitMQ here; install it (Debian: apt-get install rabbitmq-server)';
    if (process.env.CI) throw new Error(missing);
    process.stderr.write(`Tests with RabbitMQ are skipped: ${missing}\n`);
    project.provide('rabbitmq', { missing });
    return undefined;
  }
  const broker = await PrivateRabbitmq.start();
  project.provide('rabbitmq', { port: broker.port });
  return () => broker.stop();
}

#!/usr/bin/env node
import 'reflect-metadata';
import { runApp } from '@synergos/command-line';
import { limitTensorFlow } from '@synergos/participant/worker';
import { buildContainer, openResources, tokens } from './container.js';
import { parseOptions } from './options.js';

const options = parseOptions(process.argv.slice(2));
await runApp(async () => {
  limitTensorFlow(options);
  const resources = await openResources(options);
  const container = buildContainer(resources);
  const worker = container.resolve(tokens.worker);
  const logger = container.resolve(tokens.logger);
  await worker.start();
  const metrics = container.resolve(tokens.metrics);
  logger.info({ ttp: options.ttp, dataDir: options.dataDir }, 'worker started');
  return {
    close: async () => {
      await worker.close();
      logger.info({}, 'worker stopped');
      metrics.close();
      await resources.logging.close();
    },
  };
});

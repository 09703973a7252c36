// The former place of the configuration, until nothing names it.
import { mergeConfig } from 'vitest/config';
import config from '../vitest.config.js';

export default mergeConfig(config, { test: { root: new URL('..', import.meta.url).pathname } });

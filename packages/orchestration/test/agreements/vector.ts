import type { DatasetDescription } from '@synergos/rpc-core';

const description = { details: { length: 3 } };
export const described: readonly Partial<DatasetDescription>[] = [description, description, description];

/** Kinds of tasks that a worker runs for its TTP. */
export const taskKinds = ['describe', 'train', 'exchange', 'evaluate', 'predict'] as const;
export type TaskKind = (typeof taskKinds)[number];

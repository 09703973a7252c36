/** What an engine may compute on: `any` is a GPU where there is one. */
export type DeviceChoice = 'any' | 'cpu' | 'gpu';

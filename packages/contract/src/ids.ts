import { z } from 'zod';

/** An id: text that can stand in a path and in a file name. */
export const idSchema = z
  .string()
  .min(1)
  .max(200)
  .refine((id) => !/[\u0000-\u001f\u007f/\\]/.test(id) && id !== '.' && id !== '..', {
    error: "an id has no slashes or control characters and is not '.' or '..'",
  });

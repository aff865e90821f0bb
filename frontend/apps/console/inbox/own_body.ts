/* What a business may send. */
import type { Wire } from '$api/client';

export type OwnBody = Wire['Send']['body'];

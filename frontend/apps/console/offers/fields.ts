/* What the fields of an offer are called on screen. */
import { t } from '../t';

const NAMES: Record<string, () => string> = {
  headline: () => t('offers.headline'),
  text: () => t('offers.words'),
  image_url: () => t('offers.image'),
  button_title: () => t('offers.button'),
  button_url: () => t('offers.button_url'),
  payer: () => t('offers.payer_word'),
  beneficiary: () => t('offers.beneficiary_word'),
};

export const fieldName = (field: string): string => NAMES[field]?.() ?? field;

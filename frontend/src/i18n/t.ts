/* The words and formats of the shared components. */
import { en } from './en';
import { formats } from './formats';
import { speak } from './speak';

export const language = 'en';
export const t = speak(en, language);
export const format = formats(language, typeof navigator === 'undefined' ? [] : navigator.languages);

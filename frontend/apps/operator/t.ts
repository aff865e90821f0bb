/* This app's words, spoken; the shared components bring their own. */
import { language } from '$i18n/t';
import { speak } from '$i18n/speak';
import { en } from './en';

export const t = speak(en, language);

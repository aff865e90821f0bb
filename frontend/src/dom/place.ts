/* Where and how the browser's person lives, as the browser tells it; they can change it afterwards. */

export interface Place {
  /** Country. */
  region: string;
  /** Time zone. */
  zone: string;
  language: string;
}

export function browserPlace(): Place {
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  const tag = navigator.languages.find((language) => new Intl.Locale(language).region) ?? locale;
  const { language, region } = new Intl.Locale(tag).maximize();
  return { region: region ?? 'US', zone: timeZone, language };
}

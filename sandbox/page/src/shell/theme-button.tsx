import { useEffect, useState, type ReactElement } from 'react';
import { Icon, type IconName } from '../kit/icon';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const KEY = 'sandbox-theme';
const ICONS: Record<Theme, IconName> = { auto: 'auto', light: 'sun', dark: 'moon' };

/** Light, dark, or as the system has it. */
export function ThemeButton(): ReactElement {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Where nothing may be kept it lasts until the page is left.
    }
  }, [theme]);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={`Colours: ${theme}. Change to ${next}.`}
      title={`Colours: ${theme}`}
      onClick={() => setTheme(next)}
    >
      <Icon name={ICONS[theme]} />
    </button>
  );
}

function storedTheme(): Theme {
  try {
    return THEMES.find((known) => known === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

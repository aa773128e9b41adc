import { useId, useState, type ReactElement } from 'react';

interface SwitchProps {
  label: string;
  hint?: string;
  isOn: boolean;
  /** May answer when it is done. */
  onChange: (isOn: boolean) => void | Promise<unknown>;
}

/** What was changed is told to the page within a moment of the answer. */
const TOLD_MS = 600;

export function Switch({ label, hint, isOn, onChange }: SwitchProps): ReactElement {
  const hintId = useId();
  // Shown at once, and taken back if nothing comes of it.
  const [wish, setWish] = useState<boolean | null>(null);
  const shown = wish ?? isOn;
  const change = async (wished: boolean): Promise<void> => {
    setWish(wished);
    await onChange(wished);
    setTimeout(() => setWish(null), TOLD_MS);
  };
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        checked={shown}
        aria-checked={shown}
        aria-describedby={hint === undefined ? undefined : hintId}
        onChange={(event) => void change(event.target.checked)}
      />
      <span className="switch__track" aria-hidden="true" />
      <span>
        <span className="switch__label">{label}</span>
        {hint !== undefined && (
          <span className="switch__hint" id={hintId}>
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

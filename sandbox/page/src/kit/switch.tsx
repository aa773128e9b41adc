import { useId, type ReactElement } from 'react';

interface SwitchProps {
  label: string;
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

export function Switch({ label, hint, isOn, onChange }: SwitchProps): ReactElement {
  const hintId = useId();
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        checked={isOn}
        aria-checked={isOn}
        aria-describedby={hint === undefined ? undefined : hintId}
        onChange={(event) => onChange(event.target.checked)}
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

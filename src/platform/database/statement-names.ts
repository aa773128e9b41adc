import { createHash } from 'node:crypto';

/** So many statements are prepared at the most; each takes memory of the server, for each connection. */
const MOST_NAMED = 200;

/** A statement that is rarely used is planned as often as it is used. */
const USES_BEFORE = 5;

/**
 * What writes, what reads at most one row, and what calls a function for its effect. How a list is best read depends on
 * what is sought, so its plan must be made for each.
 */
const PLANNED_ONCE = [
  /^\s*(INSERT|UPDATE|DELETE)\b/i,
  /^\s*WITH\b.*\b(INSERT INTO|UPDATE|DELETE FROM)\b/is,
  /\bLIMIT 1\s*$/i,
  /^\s*SELECT\s+\w+\(\$1/i,
  /^\s*SELECT\s[^()]*\sFROM\s+\w+\(\$1/i,
];

/** Names the statements that the server shall plan once for each connection, and not each time. */
export class StatementNames {
  private readonly uses = new Map<string, number>();
  private readonly names = new Map<string, string>();

  /** Undefined for a statement that is better planned each time. */
  nameOf(text: string): string | undefined {
    const known = this.names.get(text);
    if (known !== undefined || this.names.size >= MOST_NAMED) return known;
    const uses = (this.uses.get(text) ?? 0) + 1;
    this.uses.set(text, uses);
    if (uses < USES_BEFORE || !PLANNED_ONCE.some((shape) => shape.test(text))) {
      if (this.uses.size > 10 * MOST_NAMED) this.uses.clear();
      return undefined;
    }
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    this.names.set(text, name);
    this.uses.delete(text);
    return name;
  }
}

/** What is to be done when Lever does not accept a sign-in (HTTP 401). */
export interface SignIn {
  /** Another `Authorization` header to try once; null when there is none. */
  renew(refused: string): Promise<string | null>;
  /** The newest there is was refused too. */
  lost(refused: string): Promise<void>;
}

/** How calls are made for one Lever account. */
export interface LeverAccount {
  /** Under which calls are counted (F3). */
  limitKey: string;
  /** The header of that name. */
  authorization: string;
  performAs: string | null;
  /** Left out: a refusal is final, and nobody needs to know. */
  signIn?: SignIn;
}

export const basicAuthorization = (apiKey: string): string =>
  `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`;

export const bearerAuthorization = (accessToken: string): string => `Bearer ${accessToken}`;

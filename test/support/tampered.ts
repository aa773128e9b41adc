/** In SQL: the column `sealed` with one bit changed, which nothing opens any more; a second time makes it what it was. */
export const TAMPERED =
  'set_byte(sealed, octet_length(sealed) - 1, get_byte(sealed, octet_length(sealed) - 1) # 1)';

/** What a browser may do with the dashboard's answers. */

/** The one style that the library of the page's controls puts into it, by its digest: it lets touches scroll. */
const controlStyle = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

/**
 * Scripts and styles come from this server alone, none stands in the page, and what the page shows loads nothing from elsewhere.
 * `style-src-attr` is for places and sizes of what is drawn; no text of a trace becomes a style.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${controlStyle}`,
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The headers of every answer. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** What can go wrong while a template is read or rendered. */

/** An error that Python's jinja2 raises too. */
export class TemplateFault extends Error {}

/** A template took more steps, or made a longer text, than any conversation needs. */
export class TemplateLimit extends Error {}

/** A template called `raise_exception`. */
export class TemplateRefusal extends Error {}

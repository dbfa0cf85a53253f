/** Errors of model folders, weight files, adapters and the hub. */
export const modelErrors = {
  MODEL_NOT_FOUND: (f: { model: string; looked: string }) => ({
    what: `The model "${f.model}" was not found (looked in ${f.looked}).`,
    fix: 'Give a folder that holds config.json, a Hugging Face id such as Qwen/Qwen2.5-0.5B-Instruct, or "tiny".',
  }),
} as const;

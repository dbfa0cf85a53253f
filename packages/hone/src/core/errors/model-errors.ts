/** Errors of model folders, weight files, adapters and the hub. */
import type { OptionNaming } from "../option-naming.ts";

export const modelErrors = {
  MODEL_NOT_FOUND: (f: { model: string; looked: string }) => ({
    what: `The model "${f.model}" was not found (looked in ${f.looked}).`,
    fix:
      f.model === "tiny"
        ? '"tiny" is a new model each time, so only training takes it: make one that stays by `npx hone model new tiny --text <file>`, or give a run.'
        : /\.gguf$/.test(f.model)
          ? "Check the path of the file: it is read from the folder that the command runs in."
          : 'Give a folder that holds config.json, a run, a Hugging Face id such as Qwen/Qwen2.5-0.5B-Instruct, or, to train, "tiny".',
  }),
  TOKENIZERS_DIFFER: (f: { teacher: string }) => ({
    what: `The teacher "${f.teacher}" reads text as other tokens than the model that is trained, so it cannot say how likely that model's tokens are.`,
    fix: "Choose a teacher of the same family: a larger model with the same tokenizer, or a run that began with the same model.",
  }),
  MODEL_FILE_INVALID: (f: { file: string; problem: string }) => ({
    what: `${f.file} cannot be used: ${f.problem}.`,
    fix: "Check that this user may read the file. If it is damaged, fetch it again from where the model came from.",
  }),
  MODEL_FILE_MISSING: (f: { folder: string; file: string }) => ({
    what: `${f.folder} has no ${f.file}.`,
    fix: `Copy ${f.file} into the folder from where the model came from, or save the model there again with transformers' save_pretrained.`,
  }),
  MODEL_WEIGHTS_MISSING: (f: { folder: string; found: readonly string[] }) => ({
    what: `${f.folder} has no model.safetensors and no model.safetensors.index.json${f.found.length === 0 ? "" : ` (it has ${f.found.join(", ")}, which hone does not read)`}.`,
    fix: "Save the model as safetensors (transformers: save_pretrained with safe_serialization=True), or choose a revision that has them. A .gguf file is opened by its own path.",
  }),
  MODEL_FOLDER_EXISTS: (f: { folder: string }, option: OptionNaming) => ({
    what: `${f.folder} already holds files.`,
    fix: `Choose another folder, or set ${option("replace")} to put the new files in place of those.`,
  }),
  MODEL_FILE_EXISTS: (f: { file: string }, option: OptionNaming) => ({
    what: `${f.file} already exists.`,
    fix: `Choose another name, or set ${option("replace")} to put the new file in its place.`,
  }),
  SAFETENSORS_TRUNCATED: (f: { file: string; tensor: string; needed: number; size: number }) => ({
    what: `${f.file} ends too early: ${f.tensor} needs ${f.needed} bytes, the file has ${f.size}.`,
    fix: "The download or copy was cut off; fetch the file again.",
  }),
  SAFETENSORS_HEADER: (f: { file: string; problem: string }) => ({
    what: `${f.file} is not a safetensors file hone can read: ${f.problem}.`,
    fix: "Check that it is the real file (not a Git LFS pointer or a web page) and fetch it again.",
  }),
  SAFETENSORS_TENSOR: (f: { file: string; tensor: string; problem: string }) => ({
    what: `${f.file} describes the tensor "${f.tensor}" wrongly: ${f.problem}.`,
    fix: "The file is damaged or was written by a faulty program; fetch it or write it again.",
  }),
  GGUF_TRUNCATED: (f: { file: string; what: string; needed: number; size: number }) => ({
    what: `${f.file} ends too early: ${f.what} needs ${f.needed} bytes, the file has ${f.size}.`,
    fix: "The download or copy was cut off; fetch the file again.",
  }),
  GGUF_INVALID: (f: { file: string; problem: string }) => ({
    what: `${f.file} is not a GGUF file hone can read: ${f.problem}.`,
    fix: "Check that it is the real file (not a Git LFS pointer or a web page) and fetch it again. If it is, the program that wrote it is at fault.",
  }),
  GGUF_IS_ADAPTER: (f: { file: string }) => ({
    what: `${f.file} holds an adapter, not a model.`,
    fix: "llama.cpp puts it on the .gguf file of its base model, as a LoRA adapter. hone opens the adapter where it was exported from: its run or its PEFT folder.",
  }),
  GGUF_UNSUPPORTED: (f: {
    file: string;
    what: string;
    got: string;
    supported: readonly string[];
  }) => ({
    what: `${f.file}: its ${f.what} is ${f.got}; hone reads ${f.supported.join(", ")}.`,
    fix: "Use a GGUF file of this model that has it otherwise (its page usually offers several), or the model's Hugging Face folder.",
  }),
  GGUF_IMPORTED: (f: { file: string; folder: string; id: string }) => ({
    what: `${f.file} was written as a Hugging Face folder, with weights in F32: ${f.folder}. From now on the folder is used.`,
    fix: `npx hone cache clear ${f.id} deletes it; npx hone model import writes it where you choose.`,
  }),
  GGUF_PARTS_LEFT_OUT: (f: { file: string; count: number; examples: readonly string[] }) => ({
    what: `${f.file}: ${f.count} parts of the file (such as ${f.examples.join(", ")}) are not in the imported folder: the engine does not use them.`,
    fix: "If you do not need them, nothing is to be done.",
  }),
  GGUF_STORED_WIDER: (f: { file: string; count: number; type: string; block: number }) => ({
    what: `${f.file}: ${f.count} matrices have rows that are no multiple of ${f.block} numbers, which ${f.type} needs; they are stored as F16.`,
    fix: "llama.cpp runs the file as it is; it is a little larger.",
  }),
  GGUF_NOT_EXPRESSIBLE: (f: { model: string; what: string; got: string; supported: string }) => ({
    what: `${f.model} cannot be written as a GGUF file: its ${f.what} is ${f.got}; llama.cpp runs ${f.supported}.`,
    fix: "Use the model as a Hugging Face folder (npx hone model merge writes one).",
  }),
  TENSOR_DTYPE_UNSUPPORTED: (f: {
    file: string;
    tensor: string;
    dtype: string;
    readable: readonly string[];
  }) => ({
    what: `${f.file}: "${f.tensor}" is stored as ${f.dtype}; hone reads ${f.readable.join(", ")}.`,
    fix: "Use the unquantised version of the model, or convert it to BF16 or F32 with transformers.",
  }),
  TENSOR_MISSING: (f: { folder: string; tensor: string }) => ({
    what: `${f.folder} has no tensor "${f.tensor}".`,
    fix: "Check that config.json belongs to these weights and that all weight files are there. If your program named the tensor, check the name: parameterNames() lists those that are trained.",
  }),
  TENSOR_SHAPE: (f: {
    file: string;
    tensor: string;
    expected: readonly number[];
    got: readonly number[];
  }) => ({
    what: `${f.file}: "${f.tensor}" has the shape [${f.got.join(", ")}]; [${f.expected.join(", ")}] is expected.`,
    fix: "Check that config.json belongs to these weights.",
  }),
  WEIGHTS_NOT_FINITE: (f: { file: string; tensor: string; index: number; value: string }) => ({
    what: `The tensor "${f.tensor}" of ${f.file} holds ${f.value} at position ${f.index}; weights can be loaded and saved only when all are finite numbers.`,
    fix: "The weights are broken (a run that diverged, or a faulty conversion): use an earlier checkpoint, or download the model again. If they were being saved, no file was changed.",
  }),
  MODEL_HEAD_NOT_TIED: (f: { folder: string }) => ({
    what: `config.json in ${f.folder} says that the output layer shares the embedding's weights (tie_word_embeddings), but the weights hold an lm_head.weight with other numbers. It is used, as transformers does.`,
    fix: 'Set "tie_word_embeddings" to false in config.json. If the output layer was meant to share the embedding, remove lm_head.weight from the weight files.',
  }),
  MODEL_TENSORS_UNUSED: (f: {
    folder: string;
    count: number;
    examples: readonly string[];
    layers: number;
  }) => ({
    what: `${f.folder}: ${f.count} of the stored tensors (such as ${f.examples.join(", ")}) are not part of the model that config.json describes, which has ${f.layers} layers. They are not used.`,
    fix: "Check that config.json belongs to these weights: its number of layers, its biases and its model_type. If it does, nothing is lost.",
  }),
  MODEL_TOKENS_WITHOUT_ROWS: (f: {
    folder: string;
    count: number;
    examples: readonly string[];
    vocabularySize: number;
  }) => ({
    what: `The tokenizer in ${f.folder} has ${f.count} tokens (such as ${f.examples.join(", ")}) whose ids the model does not have: its vocab_size is ${f.vocabularySize}. A text that holds one of them fails.`,
    fix: "Check that tokenizer.json belongs to this model. If these tokens are never written, nothing is lost.",
  }),
  MODEL_STOP_TOKEN_INVALID: (f: { folder: string; id: number; problem: string }) => ({
    what: `eos_token_id in generation_config.json of ${f.folder} holds ${f.id}, ${f.problem}; no reply ends with it.`,
    fix: "Correct eos_token_id in generation_config.json: the id of the token that ends a reply, or a list of such ids.",
  }),
  MODEL_HAS_VALUE_HEAD: (f: { model: string }, option: OptionNaming) => ({
    what: `${f.model} is a reward model: it says a number for an answer, and no words.`,
    fix: `Name a model that answers; to take this one elsewhere, copy its folder with value_head.safetensors. A reward model is used as ${option("rewardModel")} of a training on rollouts, or by modelReward(); \`npx hone train reward-model\` trains it further.`,
  }),
  /** `adapters`: their folders. */
  MODEL_HAS_ADAPTERS: (f: { model: string; adapters: readonly string[] }) => ({
    what: `${f.model} trained ${f.adapters.length} adapters, one for each part of a team, so it is not one model.`,
    fix: `Name one of its adapters: ${f.adapters.join(", ")}. \`npx hone serve\`, openPolicy() and evaluate() take the whole run.`,
  }),
  MODEL_WITHOUT_VALUE_HEAD: (f: { model: string }) => ({
    what: `${f.model} is no reward model: there is no value_head.safetensors beside its weights.`,
    fix: "Name the folder of a run of `npx hone train reward-model`; one without steps has no weights yet.",
  }),
  ADAPTER_ABSENT: (f: { name: string; model: string }) => ({
    what: `${f.name} has no adapter: it is a whole model.`,
    fix: `Use the model itself, which is an ordinary model folder: ${f.model}.`,
  }),
  ADAPTER_INVALID: (f: { folder: string; problem: string }) => ({
    what: `The adapter in ${f.folder} cannot be used: ${f.problem}.`,
    fix: "Fetch the adapter again, or save it again: PEFT's save_pretrained and `npx hone adapter export` write the files that hone reads.",
  }),
  ADAPTER_NOT_SAFETENSORS: (f: { folder: string }) => ({
    what: `The adapter in ${f.folder} is stored as adapter_model.bin (Python's pickle); hone reads adapter_model.safetensors only.`,
    fix: "Load the adapter with PEFT and save it with save_pretrained(folder, safe_serialization=True).",
  }),
  ADAPTER_BASE_UNKNOWN: (f: { folder: string }, option: OptionNaming) => ({
    what: `The adapter in ${f.folder} does not say which model it was trained on: adapter_config.json has no base_model_name_or_path.`,
    fix: `Give the base model as the model and this folder as ${option("adapter")}, or write the base model's folder or Hugging Face id into adapter_config.json as base_model_name_or_path.`,
  }),
  ADAPTER_NOT_FITTING: (f: { folder: string; problem: string }) => ({
    what: `The adapter in ${f.folder} does not fit the model: ${f.problem}.`,
    fix: "Use the model that the adapter was trained on, or train a new adapter on this one.",
  }),
  ADAPTER_BASE_MISMATCH: (f: {
    folder: string;
    trainedOn: string;
    expected: string;
    base: string;
    got: string;
  }) => ({
    what: `The adapter in ${f.folder} was trained on ${f.trainedOn} (fingerprint ${f.expected}); ${f.base} has other weights of the same shape (fingerprint ${f.got}).`,
    fix: "Use it with the model it was trained on, or train a new adapter on this one.",
  }),
  ADAPTER_FEATURE_UNSUPPORTED: (f: { folder: string; feature: string; value: string }) => ({
    what: `The adapter in ${f.folder} uses ${f.feature} = ${f.value}, which hone does not support.`,
    fix: "Merge it into its base model with PEFT (merge_and_unload) and load the result, or train a plain LoRA.",
  }),
  HUB_NOT_FOUND: (f: { model: string; revision: string; endpoint: string }) => ({
    what: `${f.endpoint} has no model "${f.model}" at revision "${f.revision}".`,
    fix: "Check the spelling (organisation/name, then @revision if any); a private model needs HF_TOKEN.",
  }),
  HUB_ACCESS_DENIED: (f: {
    model: string;
    endpoint: string;
    status: number;
    reason: string;
    token: boolean;
  }) => ({
    what: `${f.endpoint} refused "${f.model}" (HTTP ${f.status}): ${f.reason}.`,
    fix: f.token
      ? "Accept the model's terms on its page with the account of this token, and check that the token may read it."
      : "Check the spelling; for a private or gated model accept its terms on its page and set HF_TOKEN.",
  }),
  HUB_UNREACHABLE: (f: { url: string; problem: string }) => ({
    what: `${f.url} could not be reached: ${f.problem}.`,
    fix: "Check the network, the proxy and HF_ENDPOINT and try again; a started download goes on where it stopped. If a local folder was meant, correct its path: there is none of that name.",
  }),
  HUB_OFFLINE: (f: { model: string; cache: string }) => ({
    what: `HF_HUB_OFFLINE is set and "${f.model}" is not complete in ${f.cache}.`,
    fix: "Unset HF_HUB_OFFLINE once to download it, or give a local folder.",
  }),
  HUB_BAD_REPLY: (f: { url: string; problem: string }) => ({
    what: `${f.url} answered in a way hone does not understand: ${f.problem}.`,
    fix: "Check HF_ENDPOINT (a proxy or a login page may be answering instead of the hub) and try again.",
  }),
  HUB_HASH_MISMATCH: (f: { file: string; expected: string; got: string }) => ({
    what: `${f.file} arrived damaged: its hash is ${f.got}, the hub says ${f.expected}.`,
    fix: "The damaged download was deleted; try again. If it happens again, a proxy is changing the files.",
  }),
  HUB_DISK_SPACE: (f: { folder: string; model: string; needed: number; free: number }) => ({
    what: `"${f.model}" needs ${f.needed} more bytes in ${f.folder}; ${f.free} are free.`,
    fix: "Free some space, clear a model from the cache, or point HF_HOME at a folder on another disk.",
  }),
  HUB_BUSY: (f: { model: string; lock: string; pid: number }) => ({
    what: `${f.pid === 0 ? "Another process" : `Process ${f.pid}`} is downloading or deleting "${f.model}".`,
    fix: `Wait for it to end; if it is gone, delete ${f.lock}.`,
  }),
  MODEL_TYPE_UNSUPPORTED: (f: { where: string; got: string; supported: readonly string[] }) => ({
    what: `${f.where} has model_type "${f.got}", which hone cannot run.`,
    fix: `Use a model of one of these types: ${f.supported.join(", ")}.`,
  }),
  MODEL_CONFIG_INVALID: (f: { where: string; key: string; got: string; expected: string }) => ({
    what: `${f.where}: "${f.key}" is ${f.got}; hone needs ${f.expected}.`,
    fix: "Compare the file with the one on the model's page, and restore it if it was edited or damaged. If it is the same, hone cannot run this model: use another one.",
  }),
  CHECKPOINT_MISMATCH: (f: { path: string; what: string; expected: string; got: string }) => ({
    what: `${f.path} was saved from another ${f.what}: it holds ${f.got}, this client has ${f.expected}.`,
    fix: "Open the model with the adapter settings that the checkpoint was saved with, or use a checkpoint of this model.",
  }),
} as const;

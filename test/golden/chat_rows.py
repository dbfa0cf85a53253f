"""Rows of conversations by transformers, with small tokenizers of the families whose tokenizers change a text before they cut it.

Usage: chat_rows.py <folder>; the committed ones are in chat-rows/. Needs transformers and tokenizers, no torch.
"""
import json
import sys
from pathlib import Path
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast
CORPUS=["Solve 3x + 7 = 16 for x. The answer is x = 3.","user asks, assistant answers, the weather in the city is cloudy","[INST] what is it [/INST] it is <|user|>\n hello\n<|assistant|>\n red lamp blue table","naïve café Zürich 日本語の文章です。","def f(a):\n    return a\n\n"]
def sp_bpe(normalizer, pre, decoder, specials):
    fallback=[f"<0x{b:02X}>" for b in range(256)]
    learner=Tokenizer(models.BPE(unk_token="<unk>")); learner.normalizer=normalizers.Replace(" ","▁"); learner.pre_tokenizer=pre_tokenizers.Split("▁",behavior="merged_with_next")
    learner.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=200,special_tokens=["<unk>"],show_progress=False))
    learned=json.loads(learner.to_str())["model"]
    pieces=[p for p,_ in sorted(learned["vocab"].items(), key=lambda x:x[1]) if p!="<unk>"]
    if "▁▁" not in pieces: pieces.append("▁▁")
    vocab={p:i for i,p in enumerate([*specials,*fallback,*pieces])}
    merges=[tuple(m) for m in learned["merges"]]+[("▁","▁")]
    t=Tokenizer(models.BPE(vocab,merges,unk_token="<unk>",fuse_unk=True,byte_fallback=True))
    t.normalizer=normalizer; t.pre_tokenizer=pre if pre is not None else t.pre_tokenizer; t.decoder=decoder
    return t
SP_DEC=decoders.Sequence([decoders.Replace("▁"," "),decoders.ByteFallback(),decoders.Fuse(),decoders.Strip(" ",1,0)])
SPEC=["<unk>","<s>","</s>"]
def add(t,texts,**kw): t.add_special_tokens([AddedToken(x,special=True,normalized=False,**kw) for x in texts]); return t
def llama2():
    t=sp_bpe(normalizers.Sequence([normalizers.Prepend("▁"),normalizers.Replace(" ","▁")]),None,SP_DEC,SPEC); return add(t,SPEC)
def meta_first():
    t=sp_bpe(None,pre_tokenizers.Metaspace("▁","first",False),SP_DEC,SPEC) if False else None
    t=sp_bpe(normalizers.Replace("\u0000","\u0000"),pre_tokenizers.Metaspace("▁","first",False),SP_DEC,SPEC); return add(t,SPEC)
def meta_always_split():
    t=sp_bpe(normalizers.Replace("\u0000","\u0000"),pre_tokenizers.Metaspace("▁","always",True),decoders.Metaspace("▁","always",True),SPEC); return add(t,SPEC)
def gemma():
    sp=["<pad>","<eos>","<bos>","<unk>","<start_of_turn>","<end_of_turn>"]
    t=sp_bpe(normalizers.Replace(" ","▁"),pre_tokenizers.Split(" ","merged_with_previous"),decoders.Sequence([decoders.Replace("▁"," "),decoders.ByteFallback(),decoders.Fuse()]),sp); return add(t,sp)
def phi():
    sp=["<unk>","<s>"]
    t=sp_bpe(normalizers.Sequence([normalizers.Prepend("▁"),normalizers.Replace(" ","▁")]),None,SP_DEC,["<unk>","<s>","</s>"])
    add(t,["<unk>","<s>"]); t.add_special_tokens([AddedToken("</s>",special=True,normalized=False,rstrip=True)])
    for x in ["<|assistant|>","<|user|>","<|end|>","<|system|>"]: t.add_special_tokens([AddedToken(x,special=True,normalized=False,rstrip=True)])
    return t
def unigram():
    t=Tokenizer(models.Unigram()); t.normalizer=normalizers.Sequence([normalizers.NFKC(),normalizers.Replace(Regex(" {2,}")," ")]); t.pre_tokenizer=pre_tokenizers.Metaspace("▁","always",True); t.decoder=decoders.Metaspace("▁","always",True)
    t.train_from_iterator(CORPUS*5, trainers.UnigramTrainer(vocab_size=120,special_tokens=SPEC,unk_token="<unk>",show_progress=False)); return add(t,SPEC)
SPACES=["a  b","two   spaces and  more","  leading","trailing  "," ","   ","x\n  y","▁▁a b","the answer  is   the  question"]
G,E="{% generation %}","{% endgeneration %}"
INST="{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% elif m.role == 'assistant' %}"+G+"{{ ' ' + m.content + eos_token }}"+E+"{% endif %}{% endfor %}"
LL2="{% for m in messages %}{% if m.role == 'user' %}{{ bos_token + '[INST] ' + m.content.strip() + ' [/INST]' }}{% elif m.role == 'assistant' %}"+G+"{{ ' ' + m.content.strip() + ' ' + eos_token }}"+E+"{% endif %}{% endfor %}"
ZEPH="{% for m in messages %}\n{% if m.role == 'assistant' %}\n{{ '<|assistant|>\n' }}"+G+"{{ m.content + eos_token }}"+E+"{{ '\n' }}\n{% else %}\n{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>\n' }}\n{% endif %}\n{% endfor %}"
GEM="{{ bos_token }}{% for m in messages %}{% if m.role == 'assistant' %}{{ '<start_of_turn>model\n' }}"+G+"{{ m.content | trim + '<end_of_turn>' }}"+E+"{{ '\n' }}{% else %}{{ '<start_of_turn>' + m.role + '\n' + m.content | trim + '<end_of_turn>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
PHI="{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|assistant|>\n' }}"+G+"{{ m.content + '<|end|>\n' }}"+E+"{% else %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
CONV=[[("user","red lamp"),("assistant","blue"),("user","table"),("assistant","42")],[("user","Solve  3x"),("assistant","日本語 it is\n\nx = 3"),("user"," what "),("assistant","the end: </s> it"),("user","is"),("assistant","café")],[("user","a\n"),("assistant","red\n"),("user","b"),("assistant","😀")]]
F={"llama2":(llama2,LL2,{"bos_token":"<s>","eos_token":"</s>"}),"mistral-legacy":(llama2,INST,{"bos_token":"<s>","eos_token":"</s>"}),"tinyllama":(llama2,ZEPH,{"bos_token":"<s>","eos_token":"</s>"}),"metaspace-first":(meta_first,INST,{"bos_token":"<s>","eos_token":"</s>"}),"metaspace-split":(meta_always_split,ZEPH,{"bos_token":"<s>","eos_token":"</s>"}),"gemma":(gemma,GEM,{"bos_token":"<bos>","eos_token":"<eos>"}),"phi3":(phi,PHI,{"bos_token":"<s>","eos_token":"<|end|>"}),"unigram":(unigram,ZEPH,{"bos_token":"<s>","eos_token":"</s>"})}
for name,(mk,tpl,sp) in F.items():
    d=Path(sys.argv[1])/name; d.mkdir(parents=True,exist_ok=True)
    t=mk(); t.save(str(d/"tokenizer.json")); (d/"chat_template.jinja").write_text(tpl); (d/"tokenizer_config.json").write_text(json.dumps({**sp,"unk_token":"<unk>","tokenizer_class":"PreTrainedTokenizerFast"}))
    py=PreTrainedTokenizerFast(tokenizer_object=t,**sp,unk_token="<unk>"); py.chat_template=tpl; rows=[]
    for c in CONV:
        m=[{"role":r,"content":x} for r,x in c]
        o=py.apply_chat_template(m,tokenize=True,return_dict=True,return_assistant_tokens_mask=True)
        rows.append({"messages":m,"tokens":o["input_ids"],"mask":o["assistant_masks"],"text":py.apply_chat_template(m,tokenize=False),"prompt":py.apply_chat_template(m[:-1],tokenize=True,add_generation_prompt=True,return_dict=True)["input_ids"]})
    (d/"rows.json").write_text(json.dumps(rows,ensure_ascii=False))
    (d/"spaces.json").write_text(json.dumps([[x,t.encode(x,add_special_tokens=False).ids] for x in SPACES],ensure_ascii=False))

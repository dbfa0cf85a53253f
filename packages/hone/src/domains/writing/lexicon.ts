/**
 * The words that the checks know. The small language is what the scripted expert writes in, and what a model made from nothing
 * learns: about 80 words with one class each. Function words of English are known besides, so that free text can be checked.
 */

/** Classes of words in the small language, each with the letter by which a sentence's shape is written. */
export const smallLanguage = {
  /** Determiners. */
  D: ["the", "a", "an"],
  /** Animals, which texts are about, things, and places. */
  N: [
    ...["cat", "dog", "fox", "owl", "bird", "horse", "hen", "bee", "ant", "ox"],
    ...["apple", "egg", "orange", "book", "map", "ring", "lamp", "boat", "cake", "key"],
    ...["garden", "river", "hill", "house", "inn", "island", "road", "tree"],
  ],
  /** Verbs that take an object. */
  T: ["sees", "likes", "finds", "wants", "takes", "has"],
  /** Verbs without an object. */
  I: ["sleeps", "sings", "waits", "rests", "plays", "walks"],
  /** The verb that takes an adjective or a place. */
  B: ["is"],
  /** Adjectives. */
  A: [
    ...["quiet", "soft", "slow", "still", "glad", "warm", "bright", "merry"],
    ...["cold", "dark", "old", "grey", "small", "red", "new"],
  ],
  /** Prepositions. */
  P: ["in", "near", "by", "at", "under"],
  /** Adverbs that open or close a sentence. */
  C: ["then", "soon", "now", "there", "also", "again"],
  /** Conjunctions. */
  K: ["and", "but", "so"],
  /** The pronoun. */
  R: ["it"],
} as const;

/** Animals, things and places of the small language. */
export const smallNouns = {
  animals: smallLanguage.N.slice(0, 10),
  things: smallLanguage.N.slice(10, 20),
  places: smallLanguage.N.slice(20),
} as const;

const classes: ReadonlyMap<string, string> = new Map(
  Object.entries(smallLanguage).flatMap(([letter, words]) =>
    words.map((word) => [word, letter] as const),
  ),
);

/** The class letter of a word of the small language; undefined for any other. Words are given in lower case. */
export const smallClassOf = (word: string): string | undefined => classes.get(word);

/** Words by which a text has a tone. */
export const toneWords = {
  calm: [
    "quiet",
    "soft",
    "slow",
    "still",
    "calm",
    "gentle",
    "peaceful",
    "silent",
    "slowly",
    "softly",
    "gently",
    "quietly",
  ],
  happy: [
    "glad",
    "warm",
    "bright",
    "merry",
    "happy",
    "joy",
    "joyful",
    "laugh",
    "laughs",
    "smile",
    "smiles",
    "cheerful",
    "sunny",
  ],
  dark: [
    "cold",
    "dark",
    "old",
    "grey",
    "gray",
    "black",
    "lost",
    "sad",
    "shadow",
    "shadows",
    "night",
    "alone",
    "fear",
  ],
} as const;

/** A tone that a task can ask for. */
export type Tone = keyof typeof toneWords;

const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(" "));

/** Determiners that a noun must follow, with or without adjectives. */
export const determiners = wordSet("the a an my your our their every");
/** Prepositions that no subject and no finite verb follows. */
export const prepositions = wordSet("of at from into with for by near under in on");
/** Conjunctions. */
export const conjunctions = wordSet("and or but nor");
/** Pronouns that are subjects only. */
export const subjectPronouns = wordSet("i he she we they");
/** Forms of "be" and modal verbs, which are always finite. */
export const finiteAuxiliaries = wordSet(
  "is are was were am will would can could shall should may might must",
);
/** Words that join sentences, and pronouns that point back. */
export const linkingWords = wordSet(
  "then soon now there also again so but and because however therefore later next finally meanwhile afterwards yet it its he him his she her they them their this that these those we our",
);

/** Function words of English: they carry no content, and no idea is made of them. */
export const functionWords: ReadonlySet<string> = new Set([
  ...determiners,
  ...prepositions,
  ...conjunctions,
  ...subjectPronouns,
  ...finiteAuxiliaries,
  ...linkingWords,
  ...wordSet(
    "you me us him be been being have has had having do does did doing done not no nor if as than while when where who whom whose which what why how all any both each few more most other some such only own same too very just to up down out off over after before between through during about against above below again further once here until upon within without across along around behind beside besides beyond despite inside outside toward towards since though although whether else ever never always often sometimes one two three many much every another nothing something everything anything",
  ),
]);

/** Common finite verbs of English beside the auxiliaries. A word in -ed counts as one, too. */
export const commonVerbs = wordSet(
  "has have had do does did go goes went gone come comes came say says said see sees saw know knows knew get gets got give gives gave find finds found think thinks thought tell tells told become becomes became leave leaves left feel feels felt bring brings brought begin begins began keep keeps kept hold holds held write writes wrote stand stands stood hear hears heard let lets mean means meant set sets meet meets met run runs ran pay pays paid sit sits sat speak speaks spoke lie lies lay lead leads led read reads grow grows grew lose loses lost fall falls fell send sends sent build builds built understand understands understood draw draws drew break breaks broke spend spends spent cut cuts rise rises rose drive drives drove buy buys bought wear wears wore choose chooses chose sleep sleeps slept sing sings sang wait waits rest rests play plays walk walks like likes want wants take takes took make makes made look looks use uses need needs work works seem seems ask asks show shows try tries call calls move moves live lives believe believes happen happens offer offers help helps start starts turn turns love loves eat eats ate drink drinks drank fly flies flew shine shines shone glow glows blow blows blew carry carries swim swims swam throw throws threw win wins won teach teaches taught catch catches caught sell sells sold fight fights fought wake wakes woke dream dreams wonder wonders remember remembers",
);

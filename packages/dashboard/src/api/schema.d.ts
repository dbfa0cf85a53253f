// Made of docs/ui-api.json by `npm run docs`.
export interface paths {
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The token for requests that change something, and what may be changed */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description for this server, until it ends */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The runs, the newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the runs */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description where runs are looked for */
                            folder: string;
                            runs: components["schemas"]["Run"][];
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparison": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs side by side: which differ by the seed alone, and the settings that differ */
        get: {
            parameters: {
                query: {
                    run: string | string[];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description groups, and a row for each setting */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description the names of runs that differ by nothing but the seed, together */
                            groups: string[][];
                            settings: {
                                key: string;
                                values: string[];
                            }[];
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{name}/distributions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How rewards and other numbers of a run's rollouts are spread at each step */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the histograms that the run has kept */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            distributions: components["schemas"]["Distribution"][];
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the run */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunDetails"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{name}/rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The steps and the evaluations of which a run has rollouts */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the steps by phase */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RolloutPlaces"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{name}/step": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The groups of a step */
        get: {
            parameters: {
                query: {
                    phase: string;
                    step: number;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the groups with their rollouts */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StepGroups"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{name}/rollout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rollout, token by token */
        get: {
            parameters: {
                query: {
                    phase: string;
                    step?: number;
                    id: string;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description its conversation and its rows */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenView"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{name}/held-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Held-out tasks, each with its tries before and after training */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the tasks */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HeldOutTasks"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The numbers of runs by step, as they are written: events `metrics` and `sign` */
        get: {
            parameters: {
                query: {
                    run: string | string[];
                    /** @description condensed: of a long section the first steps of buckets, and every number's least and greatest in them; whole if left out */
                    history?: "whole" | "condensed";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description server-sent events whose ids say what was sent, for Last-Event-ID; a `sign` is a RunSign */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["MetricsPage"] | components["schemas"]["RunSign"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was measured on held-out tasks */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what `npx hone eval` kept, and every stage of every run */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            stages: components["schemas"]["MeasuredStage"][];
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/evaluations/comparison": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Two measurements of the same tasks: the paired difference, and every task */
        get: {
            parameters: {
                query: {
                    run: string;
                    stage: string;
                    otherRun: string;
                    otherStage: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the second minus the first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EvaluationComparison"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/evaluations/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What `npx hone eval` measured, and how */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the evaluation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["KeptEvaluation"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of the traces of a filter */
        get: {
            parameters: {
                query?: {
                    agent?: string;
                    agentVersion?: string;
                    task?: string;
                    status?: "running" | "completed" | "failed" | "cancelled";
                    /** @description the key of a group of errors */
                    error?: string;
                    /** @description started at this time or later, Unix milliseconds */
                    from?: string;
                    /** @description started before this time, Unix milliseconds */
                    to?: string;
                    minReward?: string;
                    maxReward?: string;
                    /** @description input and output tokens together */
                    minTokens?: string;
                    maxTokens?: string;
                    /** @description from start to end, in ms */
                    minLatency?: string;
                    maxLatency?: string;
                    /** @description dollars, by the prices that the server was given */
                    minCost?: string;
                    maxCost?: string;
                    session?: string;
                    user?: string;
                    tag?: string;
                    /** @description words that all stand in the trace */
                    text?: string;
                    order?: "startedAt" | "reward" | "latency" | "tokens";
                    direction?: "ascending" | "descending";
                    /** @description 1 to 1000; 100 if left out */
                    limit?: string;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the traces, and the cursor of the next page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description its address, without secrets; absent without a store */
                            store?: string;
                            traces: components["schemas"]["TraceSummary"][];
                            /** @description the cursor of the next page */
                            next?: string;
                            /** @description whether the server was given prices of models */
                            hasPrices: boolean;
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One trace with its spans */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the trace */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Trace"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trace-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts of the traces of a filter by agent, session, user, … */
        get: {
            parameters: {
                query: {
                    agent?: string;
                    agentVersion?: string;
                    task?: string;
                    status?: "running" | "completed" | "failed" | "cancelled";
                    /** @description the key of a group of errors */
                    error?: string;
                    /** @description started at this time or later, Unix milliseconds */
                    from?: string;
                    /** @description started before this time, Unix milliseconds */
                    to?: string;
                    minReward?: string;
                    maxReward?: string;
                    /** @description input and output tokens together */
                    minTokens?: string;
                    maxTokens?: string;
                    /** @description from start to end, in ms */
                    minLatency?: string;
                    maxLatency?: string;
                    /** @description dollars, by the prices that the server was given */
                    minCost?: string;
                    maxCost?: string;
                    session?: string;
                    user?: string;
                    tag?: string;
                    /** @description words that all stand in the trace */
                    text?: string;
                    by: "agent" | "version" | "member" | "model" | "day" | "session" | "user" | "tag";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the groups */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description those that were at work last, first */
                            groups: components["schemas"]["TraceGroup"][];
                            /** @description how many groups there are */
                            total: number;
                            hasPrices: boolean;
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trace-times": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Quantiles of latency, tokens, cost and reward over time */
        get: {
            parameters: {
                query?: {
                    agent?: string;
                    agentVersion?: string;
                    task?: string;
                    status?: "running" | "completed" | "failed" | "cancelled";
                    /** @description the key of a group of errors */
                    error?: string;
                    /** @description started at this time or later, Unix milliseconds */
                    from?: string;
                    /** @description started before this time, Unix milliseconds */
                    to?: string;
                    minReward?: string;
                    maxReward?: string;
                    /** @description input and output tokens together */
                    minTokens?: string;
                    maxTokens?: string;
                    /** @description from start to end, in ms */
                    minLatency?: string;
                    maxLatency?: string;
                    /** @description dollars, by the prices that the server was given */
                    minCost?: string;
                    maxCost?: string;
                    session?: string;
                    user?: string;
                    tag?: string;
                    /** @description words that all stand in the trace */
                    text?: string;
                    /** @description a curve for each */
                    by?: "agent" | "version";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a value for each stretch of time */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description where each stretch of time begins, Unix milliseconds */
                            times: number[];
                            series: components["schemas"]["TraceSeries"][];
                            hasPrices: boolean;
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trace-errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What goes wrong in the traces of a filter, errors that say the same together */
        get: {
            parameters: {
                query?: {
                    agent?: string;
                    agentVersion?: string;
                    task?: string;
                    status?: "running" | "completed" | "failed" | "cancelled";
                    /** @description the key of a group of errors */
                    error?: string;
                    /** @description started at this time or later, Unix milliseconds */
                    from?: string;
                    /** @description started before this time, Unix milliseconds */
                    to?: string;
                    minReward?: string;
                    maxReward?: string;
                    /** @description input and output tokens together */
                    minTokens?: string;
                    maxTokens?: string;
                    /** @description from start to end, in ms */
                    minLatency?: string;
                    maxLatency?: string;
                    /** @description dollars, by the prices that the server was given */
                    minCost?: string;
                    maxCost?: string;
                    session?: string;
                    user?: string;
                    tag?: string;
                    /** @description words that all stand in the trace */
                    text?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the groups */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description the most frequent first */
                            groups: components["schemas"]["ErrorGroup"][];
                            /** @description how many groups there are */
                            total: number;
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trace-export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The traces of a filter as a file of JSON lines */
        get: {
            parameters: {
                query: {
                    agent?: string;
                    agentVersion?: string;
                    task?: string;
                    status?: "running" | "completed" | "failed" | "cancelled";
                    /** @description the key of a group of errors */
                    error?: string;
                    /** @description started at this time or later, Unix milliseconds */
                    from?: string;
                    /** @description started before this time, Unix milliseconds */
                    to?: string;
                    minReward?: string;
                    maxReward?: string;
                    /** @description input and output tokens together */
                    minTokens?: string;
                    maxTokens?: string;
                    /** @description from start to end, in ms */
                    minLatency?: string;
                    maxLatency?: string;
                    /** @description dollars, by the prices that the server was given */
                    minCost?: string;
                    maxCost?: string;
                    session?: string;
                    user?: string;
                    tag?: string;
                    /** @description words that all stand in the trace */
                    text?: string;
                    form: "messages" | "tasks" | "traces";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the lines, as they are read; an error after the first ones breaks the answer off */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": string;
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The queues, the newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the queues */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description absent without a store; then there is nothing to judge */
                            store?: string;
                            queues: components["schemas"]["Queue"][];
                            /** @description queues that cannot be read */
                            problems: string[];
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a queue of the traces that meet conditions */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewQueue"];
                };
            };
            responses: {
                /** @description the queue */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Queue"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One queue: progress, agreement, conflicts, and how it is learned */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the queue */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QueueDetails"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues/{name}/next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands out the next item of a rater, and holds it for them */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        rater: string;
                        /** @description the item to be asked about last */
                        skipped?: number;
                        /** @description only items on which others disagree */
                        secondLook?: boolean;
                    };
                };
            };
            responses: {
                /** @description the item, or that there is none */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HandedOut"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues/{name}/items/{item}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One item, with what the rater said before */
        get: {
            parameters: {
                query: {
                    rater: string;
                };
                header?: never;
                path: {
                    name: string;
                    item: number | null;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the item */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QueueItem"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues/{name}/holds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A sign that a rater still looks at an item */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        rater: string;
                        item: number;
                    };
                };
            };
            responses: {
                /** @description it is held on */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues/{name}/answers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keeps what a rater says about an item; it is durable when this answers */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["QueueAnswer"];
                };
            };
            responses: {
                /** @description it is kept */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description of the feedback, which is durable */
                            id: string;
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trainings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The trainings that this server has started, the newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the trainings */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            trainings: components["schemas"]["Training"][];
                        };
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/queues/{name}/trainings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes what people said in a queue to a file, and starts a training on it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TrainingRequest"];
                };
            };
            responses: {
                /** @description it runs */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Training"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trainings/{run}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a training that this server has started save and end */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    run: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description it ends */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Training"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers a conversation with a checkpoint of a run, as it is sampled; closing the request stops it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ChatRequest"];
                };
            };
            responses: {
                /** @description server-sent events, each a ChatEvent; the last is `done` or `problem` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["ChatEvent"];
                    };
                };
                /** @description what was wrong, with a code */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Session: {
            /** @description shown as x-hone-token by requests that change something */
            token: string;
            /** @description whether trainings may be started from the page */
            allowsTraining: boolean;
            /** @description whether the page may chat with checkpoints */
            allowsChat: boolean;
        };
        Problem: {
            error: {
                code: string;
                /** @description what happened, and the way out */
                message: string;
            };
        };
        Run: {
            name: string;
            /** @enum {string} */
            status: "running" | "done" | "stopped" | "failed" | "damaged";
            createdAt?: string;
            problem?: string;
            command?: string;
            model?: string;
            seed?: number;
            before?: components["schemas"]["Outcome"];
            after?: components["schemas"]["Outcome"];
            difference?: {
                success: components["schemas"]["Interval"];
                reward: components["schemas"]["Interval"];
            };
            seconds?: number;
        };
        /** @description success and mean reward on held-out tasks */
        Outcome: {
            success: components["schemas"]["Interval"];
            reward: components["schemas"]["Interval"];
            tasks: number;
        };
        /** @description an estimate with the ends of its 95 % interval */
        Interval: {
            value: number;
            low: number;
            high: number;
        };
        /** @description values of a run's rollouts by step, in the same bins at all steps */
        Distribution: {
            section: string;
            name: string;
            /** @description where the first bin begins; bins are of equal width */
            least: number;
            /** @description where the last bin ends */
            greatest: number;
            /** @description values that are in no bin */
            notFinite: number;
            columns: {
                /** @description its first step */
                from: number;
                /** @description its last step */
                to: number;
                /** @description values in each bin */
                counts: number[];
                least?: number;
                median?: number;
                greatest?: number;
            }[];
        };
        RunDetails: {
            name: string;
            /** @enum {string} */
            status: "running" | "done" | "stopped" | "failed" | "damaged";
            createdAt?: string;
            problem?: string;
            command?: string;
            model?: string;
            seed?: number;
            before?: components["schemas"]["Outcome"];
            after?: components["schemas"]["Outcome"];
            difference?: {
                success: components["schemas"]["Interval"];
                reward: components["schemas"]["Interval"];
            };
            seconds?: number;
            folder: string;
            config: {
                [key: string]: unknown;
            };
            checkpoints: {
                name: string;
                step: number;
            }[];
            stages?: {
                name: string;
                outcome: components["schemas"]["Outcome"];
                components?: {
                    [key: string]: components["schemas"]["Interval"];
                };
            }[];
            baselines?: {
                name: string;
                success: components["schemas"]["Interval"];
            }[];
            warnings?: {
                code: string;
                count: number;
                texts: string[];
            }[];
        };
        RolloutPlaces: {
            phases: {
                phase: string;
                steps: number[];
            }[];
            /** @description the stages at which held-out tasks were measured */
            evaluations: string[];
        };
        StepGroups: {
            phase: string;
            step: number;
            weightsVersion?: string;
            /** @description whether the run kept what the step did with its tokens */
            isKept: boolean;
            groups: {
                taskId: string;
                task: string;
                rollouts: {
                    id: string;
                    index: number;
                    reward?: number;
                    components: {
                        [key: string]: number;
                    };
                    isSuccess: boolean;
                    failure?: string;
                    turns: number;
                    /** @description sampled */
                    tokens: number;
                    /** @description its mean over the sampled tokens */
                    advantage?: number;
                    /** @description why the step learned nothing from it */
                    notLearned?: string;
                    /** @description the beginning of what was last said */
                    answer: string;
                }[];
            }[];
        };
        TokenView: {
            /**
             * @description what has kept it
             * @enum {string}
             */
            kind: "run" | "evaluation";
            rollout: {
                id: string;
                index: number;
                reward?: number;
                components: {
                    [key: string]: number;
                };
                isSuccess: boolean;
                failure?: string;
                turns: number;
                /** @description sampled */
                tokens: number;
                /** @description its mean over the sampled tokens */
                advantage?: number;
                /** @description why the step learned nothing from it */
                notLearned?: string;
                /** @description the beginning of what was last said */
                answer: string;
            };
            task: string;
            siblings: {
                id: string;
                reward?: number;
            }[];
            /** @description the weights that the step began with */
            weightsVersion?: string;
            template?: string;
            /** @description why tokens have no texts */
            rendererProblem?: string;
            conversation: {
                /** @enum {string} */
                role: "system" | "user" | "assistant" | "tool";
                content: string;
                reasoning?: string;
                toolCalls: {
                    id: string;
                    name: string;
                    arguments: string;
                }[];
            }[];
            rows: {
                index: number;
                weightsVersion: string;
                temperature: number;
                updatesBefore?: number;
                ids: number[];
                texts: string[];
                parts: {
                    start: number;
                    end: number;
                    turn: number;
                    /** @enum {string} */
                    kind: "prompt" | "between" | "sampled";
                }[];
                logProbs: (number | null)[];
                samplingLogProbs: (number | null)[];
                entropies: (number | null)[];
                trainerLogProbs: (number | null)[];
                advantages: (number | null)[];
            }[];
        };
        HeldOutTasks: {
            stages: string[];
            tasks: {
                id: string;
                task: string;
                tries: {
                    stage: string;
                    id: string;
                    reward?: number;
                    isSuccess: boolean;
                    answer: string;
                }[];
            }[];
        };
        MetricsPage: {
            run: string;
            rows: components["schemas"]["MetricsRow"][];
            /** @description the `from` of the rows that come after these */
            next: number;
            hasMore: boolean;
            /** @description the file was cut by a resume: forget the rows of before */
            isAnew: boolean;
        };
        /** @description numbers of a step; null where one is not finite */
        MetricsRow: {
            section: string;
            step: number;
            time: string;
            values?: {
                [key: string]: number | null;
            };
        };
        RunSign: {
            run: string;
            /** @description its state, first and whenever it changes */
            status?: string;
            /** @description why no more numbers of it come */
            problem?: string;
        };
        /** @description a policy measured on held-out tasks */
        MeasuredStage: {
            /**
             * @description a stage of a run, or what `npx hone eval` measured
             * @enum {string}
             */
            kind: "run" | "evaluation";
            /** @description what was measured on: the same for what can be compared */
            set: string;
            /** @description the name of the run or the evaluation */
            run: string;
            stage: string;
            model?: string;
            adapter?: string;
            /** @description the wording of the tasks, or the file that has it with digits of its hash */
            prompt?: string;
            /**
             * @description absent in runs of older versions
             * @enum {string}
             */
            mode?: "greedy" | "sampled";
            samplesPerTask: number;
            createdAt?: string;
            success: components["schemas"]["Interval"];
            reward: components["schemas"]["Interval"];
        };
        /** @description the second minus the first, paired by task, with 95 % intervals */
        EvaluationComparison: {
            success: components["schemas"]["Interval"];
            reward?: components["schemas"]["Interval"];
            better: number;
            worse: number;
            equal: number;
            tasks: {
                id: string;
                text: string;
                before: {
                    /** @description the share of its tries that succeeded */
                    success: number;
                    /** @description the mean of its tries */
                    reward?: number;
                    /** @description the last reply of the first try */
                    reply: string;
                    /** @description the name that its rollouts are kept under */
                    phase: string;
                    /** @description the id of the first try */
                    rollout: string;
                };
                after: {
                    /** @description the share of its tries that succeeded */
                    success: number;
                    /** @description the mean of its tries */
                    reward?: number;
                    /** @description the last reply of the first try */
                    reply: string;
                    /** @description the name that its rollouts are kept under */
                    phase: string;
                    /** @description the id of the first try */
                    rollout: string;
                };
            }[];
        };
        /** @description what `npx hone eval` measured, and how */
        KeptEvaluation: components["schemas"]["MeasuredStage"] & {
            folder: string;
            /** @description every setting as it was resolved */
            config: {
                [key: string]: unknown;
            };
        };
        TraceSummary: {
            id: string;
            agent: string;
            agentVersion?: string;
            task: string;
            taskId?: string;
            attempt: number;
            /** @enum {string} */
            status: "running" | "completed" | "failed" | "cancelled";
            /** @description Unix milliseconds */
            startedAt: number;
            endedAt?: number;
            session?: string;
            user?: string;
            tags: string[];
            reward?: number;
            /** @description dollars, where prices are given and cover all its calls */
            cost?: number;
            spanCount: number;
            errorCount: number;
            tokens: {
                input: number;
                output: number;
            };
        };
        /** @description the format hone.trace: docs/formats */
        Trace: {
            trace_id: string;
            agent_id: string;
            task: string;
            total_reward?: number;
            /** @enum {string} */
            status: "running" | "completed" | "failed" | "cancelled";
            hone: {
                [key: string]: unknown;
            };
            /** @description dollars of the trace and of its calls; absent without prices */
            costs?: {
                total?: number;
                spans: {
                    [key: string]: number;
                };
            };
            spans: ({
                /** @enum {string} */
                span_type: "prompt";
                input: string | {
                    /** @enum {string} */
                    role: "system" | "user" | "assistant" | "tool";
                    content: string;
                    images?: {
                        url: string;
                        mediaType?: string;
                    }[];
                    reasoning?: string;
                    toolCalls?: {
                        id: string;
                        name: string;
                        arguments: string;
                    }[];
                    toolCallId?: string;
                    /** @enum {number} */
                    weight?: 0;
                    written?: string;
                }[];
                output?: string | {
                    /** @enum {string} */
                    role: "system" | "user" | "assistant" | "tool";
                    content: string;
                    images?: {
                        url: string;
                        mediaType?: string;
                    }[];
                    reasoning?: string;
                    toolCalls?: {
                        id: string;
                        name: string;
                        arguments: string;
                    }[];
                    toolCallId?: string;
                    /** @enum {number} */
                    weight?: 0;
                    written?: string;
                }[];
                model?: string;
                hone: {
                    /** @enum {number} */
                    version: 1;
                    id: string;
                    parentId?: string;
                    name?: string;
                    agent?: string;
                    sequence: number;
                    /** @description Unix milliseconds */
                    startedAt: number;
                    /** @description Unix milliseconds; absent when no end was seen */
                    endedAt?: number;
                    error?: {
                        message: string;
                        type?: string;
                        code?: string;
                    };
                    attributes?: Record<string, never>;
                    provider?: string;
                    usage?: {
                        input: number;
                        output: number;
                        reasoning?: number;
                        cached?: number;
                    };
                    sampled?: {
                        /** @description type, colon, base64 of little-endian numbers */
                        prompt: string;
                        /** @description type, colon, base64 of little-endian numbers */
                        reply: string;
                        /** @description type, colon, base64 of little-endian numbers */
                        logProbs: string;
                        /** @description absent: the same as logProbs */
                        samplingLogProbs?: string;
                        /** @description of the policy at each sampled token, nats; absent: not computed */
                        entropies?: string;
                        temperature: number;
                        isTruncated?: boolean;
                        /** @description the tokens that top-k, top-p and min-p left, a set for each token, with commas between */
                        kept?: string;
                        /** @description JSON text of the response format and its stop tokens */
                        bound?: string;
                        /** @description which adapter sampled, where the policy had several */
                        adapter?: string;
                        /** @enum {string} */
                        stopReason: "stop" | "length" | "cancelled";
                        weightsVersion: string;
                    };
                };
            } | {
                /** @enum {string} */
                span_type: "tool";
                tool_name: string;
                arguments: unknown;
                result?: unknown;
                hone: {
                    /** @enum {number} */
                    version: 1;
                    id: string;
                    parentId?: string;
                    name?: string;
                    agent?: string;
                    sequence: number;
                    /** @description Unix milliseconds */
                    startedAt: number;
                    /** @description Unix milliseconds; absent when no end was seen */
                    endedAt?: number;
                    error?: {
                        message: string;
                        type?: string;
                        code?: string;
                    };
                    attributes?: Record<string, never>;
                    callId?: string;
                };
            } | {
                /** @enum {string} */
                span_type: "reward";
                reward: number;
                reward_type: string;
                hone: {
                    /** @enum {number} */
                    version: 1;
                    id: string;
                    parentId?: string;
                    name?: string;
                    agent?: string;
                    sequence: number;
                    /** @description Unix milliseconds */
                    startedAt: number;
                    /** @description Unix milliseconds; absent when no end was seen */
                    endedAt?: number;
                    error?: {
                        message: string;
                        type?: string;
                        code?: string;
                    };
                    attributes?: Record<string, never>;
                    /** @enum {string} */
                    source?: "rule" | "judge" | "human";
                    components?: {
                        [key: string]: number;
                    };
                    reason?: string;
                    targetId?: string;
                };
            } | {
                /** @enum {string} */
                span_type: "coordination";
                hone: {
                    /** @enum {number} */
                    version: 1;
                    id: string;
                    parentId?: string;
                    name?: string;
                    agent?: string;
                    sequence: number;
                    /** @description Unix milliseconds */
                    startedAt: number;
                    /** @description Unix milliseconds; absent when no end was seen */
                    endedAt?: number;
                    error?: {
                        message: string;
                        type?: string;
                        code?: string;
                    };
                    attributes?: Record<string, never>;
                    event: string;
                    details: unknown;
                };
            } | {
                /** @enum {string} */
                span_type: "content";
                hone: {
                    /** @enum {number} */
                    version: 1;
                    id: string;
                    parentId?: string;
                    name?: string;
                    agent?: string;
                    sequence: number;
                    /** @description Unix milliseconds */
                    startedAt: number;
                    /** @description Unix milliseconds; absent when no end was seen */
                    endedAt?: number;
                    error?: {
                        message: string;
                        type?: string;
                        code?: string;
                    };
                    attributes?: Record<string, never>;
                    content: string;
                };
            } | {
                /** @enum {string} */
                span_type: "reasoning";
                hone: {
                    /** @enum {number} */
                    version: 1;
                    id: string;
                    parentId?: string;
                    name?: string;
                    agent?: string;
                    sequence: number;
                    /** @description Unix milliseconds */
                    startedAt: number;
                    /** @description Unix milliseconds; absent when no end was seen */
                    endedAt?: number;
                    error?: {
                        message: string;
                        type?: string;
                        code?: string;
                    };
                    attributes?: Record<string, never>;
                    content: string;
                };
            })[];
        };
        TraceGroup: {
            count: number;
            reward?: components["schemas"]["Quantiles"];
            latency?: components["schemas"]["Quantiles"];
            tokens?: components["schemas"]["Quantiles"];
            cost?: components["schemas"]["Quantiles"];
            key: string;
            firstAt: number;
            lastAt: number;
            /** @description spans with an error */
            errorCount: number;
            /** @description share of traces that failed */
            errorRate: number;
        };
        Quantiles: {
            count: number;
            mean: number;
            median: number;
            p90: number;
            p99: number;
        };
        TraceSeries: {
            key: string;
            /** @description null where there is no trace */
            points: ({
                count: number;
                reward?: components["schemas"]["Quantiles"];
                latency?: components["schemas"]["Quantiles"];
                tokens?: components["schemas"]["Quantiles"];
                cost?: components["schemas"]["Quantiles"];
            } | null)[];
        };
        ErrorGroup: {
            key: string;
            count: number;
            traces: number;
            firstAt: number;
            lastAt: number;
            where: string[];
            agents: string[];
            message: string;
            samples: {
                traceId: string;
                spanId?: string;
                at: number;
            }[];
        };
        Queue: {
            name: string;
            /** @enum {string} */
            kind: "rate" | "thumbs" | "compare" | "correct";
            /** @description conditions on traces by their names, as those of GET /api/traces */
            filter: {
                [key: string]: unknown;
            };
            /** @description Unix milliseconds */
            createdAt: number;
            ratersPerItem: number;
            items: number;
            /** @description items that as many people have judged as are to */
            done: number;
            judgements: number;
            /** @description items whose traces are not in the store any more */
            missing: number;
            raters: {
                name: string;
                judged: number;
            }[];
            /** @description items on which raters disagree and that no further rating has decided yet */
            openConflicts: number;
        };
        NewQueue: {
            name: string;
            /** @enum {string} */
            kind: "rate" | "thumbs" | "compare" | "correct";
            /** @description conditions on traces by their names, as those of GET /api/traces */
            filter?: {
                [key: string]: unknown;
            };
            /** @description items at most; 100 if left out */
            size?: number;
            /** @description 1 if left out */
            ratersPerItem?: number;
            seed?: number;
            reasons?: string[];
        };
        QueueDetails: {
            name: string;
            /** @enum {string} */
            kind: "rate" | "thumbs" | "compare" | "correct";
            /** @description conditions on traces by their names, as those of GET /api/traces */
            filter: {
                [key: string]: unknown;
            };
            /** @description Unix milliseconds */
            createdAt: number;
            ratersPerItem: number;
            items: number;
            /** @description items that as many people have judged as are to */
            done: number;
            judgements: number;
            /** @description items whose traces are not in the store any more */
            missing: number;
            raters: {
                name: string;
                judged: number;
            }[];
            /** @description items on which raters disagree and that no further rating has decided yet */
            openConflicts: number;
            agreement?: components["schemas"]["Agreement"];
            conflicts: {
                item: number;
                task: string;
                /** @description the result of all ratings together; absent while the item is undecided */
                decision?: string | number;
                judgements: {
                    author: string;
                    value: string | number;
                    reason?: string;
                }[];
            }[];
            /** @description where better answers stood */
            sides: {
                left: number;
                right: number;
            };
            trainings: components["schemas"]["QueueTraining"][];
        };
        Agreement: {
            /** @enum {string} */
            scale: "nominal" | "ordinal" | "interval" | "ratio";
            /** @enum {string} */
            weights: "none" | "quadratic";
            /** @description Krippendorff's; absent where it is not defined */
            alpha?: number;
            judgedTwice: number;
            pairs: {
                raters: string[];
                items: number;
                /** @description share of the items */
                same: number;
                /** @description Cohen's; absent where it is not defined */
                kappa?: number;
            }[];
        };
        QueueTraining: {
            training: string;
            /** @description to be typed one after the other */
            commands: string[];
        };
        HandedOut: {
            item?: components["schemas"]["QueueItem"];
            /** @description items that others look at just now; 0 where one is handed out */
            held: number;
            /** @description items that this rater has judged */
            judged: number;
            items: number;
            done: number;
        };
        QueueItem: {
            /** @description its place in the queue, from 0 */
            item: number;
            /** @enum {string} */
            kind: "rate" | "thumbs" | "compare" | "correct";
            task: string;
            /** @description what the agent was asked, as messages */
            context: {
                /** @enum {string} */
                role: "system" | "user" | "assistant" | "tool";
                content: string;
                images?: {
                    url: string;
                    mediaType?: string;
                }[];
                reasoning?: string;
                toolCalls?: {
                    id: string;
                    name: string;
                    arguments: string;
                }[];
                toolCallId?: string;
            }[];
            /** @description one, or the left and the right one */
            answers: {
                text?: string;
                tools: {
                    name: string;
                    calls: number;
                    failed: number;
                }[];
            }[];
            /** @description its id; absent where answers are compared blind */
            trace?: string;
            reasons: string[];
            /** @description what this rater has said */
            mine?: {
                rating?: number;
                /** @enum {string} */
                preferred?: "left" | "right" | "tie";
                answer?: string;
                reason?: string;
            };
        };
        QueueAnswer: {
            rater: string;
            item: number;
            rating?: number;
            /** @enum {string} */
            preferred?: "left" | "right" | "tie";
            answer?: string;
            reason?: string;
        };
        Training: {
            /** @description the name of its run, once that is there */
            run: string;
            queue: string;
            training: string;
            /** @description Unix milliseconds */
            startedAt: number;
            /** @enum {string} */
            state: "running" | "done" | "stopped" | "failed";
            /** @description the end of what it has printed */
            output: string;
        };
        TrainingRequest: {
            training: string;
            /** @description a folder, a run, a hub id, or tiny */
            model: string;
            steps: number;
            /** @description the training's own if left out */
            learningRate?: number;
        };
        ChatEvent: {
            /** @enum {string} */
            kind: "progress";
            /** @description as 'reading weights' */
            what: string;
            /** @description the part that is done, 0 to 1 */
            share?: number;
        } | {
            /** @enum {string} */
            kind: "text" | "reasoning";
            /** @description what is new since the event before */
            text: string;
        } | {
            /** @enum {string} */
            kind: "done";
            tokens: number;
            /** @description from the request to the last token, without loading */
            seconds: number;
            /** @description stop, length, … */
            stopReason: string;
        } | {
            /** @enum {string} */
            kind: "problem";
            code: string;
            message: string;
        };
        ChatRequest: {
            /** @description the name of its folder */
            run: string;
            /** @description a name; if left out what the run ended with, else its latest checkpoint */
            checkpoint?: string;
            /** @description chosen by the page: what was sampled in it before keeps its exact tokens */
            conversation: string;
            /** @description the whole conversation; the last is the user's */
            messages: components["schemas"]["ChatMessage"][];
            /** @description longest reply, in tokens */
            maxTokens: number;
            /** @description 0 takes the likeliest token */
            temperature: number;
            /** @description decides every draw of the conversation */
            seed: number;
        };
        ChatMessage: {
            /** @enum {string} */
            role: "system" | "user" | "assistant";
            content: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

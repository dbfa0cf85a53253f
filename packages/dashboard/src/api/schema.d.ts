// Made of docs/ui-api.json by `npm run docs`.
export interface paths {
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
    "/api/runs/comparison": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs side by side: which differ by their seed alone, and the settings in which the others differ */
        get: {
            parameters: {
                query: {
                    /** @description a,b,c */
                    names: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description groups of runs, and a row for each setting that differs */
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
    "/api/runs/{name}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its numbers by step */
        get: {
            parameters: {
                query?: {
                    /** @description the `next` of before */
                    from?: number | null;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description rows from a place on */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MetricsPage"];
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
    "/api/runs/{name}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its numbers as they come: events `metrics` with a MetricsPage, `status` with its status */
        get: {
            parameters: {
                query?: {
                    /** @description the `next` of before */
                    from?: number | null;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description server-sent events; the id of each is where the next begins (Last-Event-ID) */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
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
                    /** @description started at this time or later, Unix milliseconds */
                    from?: string;
                    /** @description started before this time, Unix milliseconds */
                    to?: string;
                    minReward?: string;
                    maxReward?: string;
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
    "/api/traces/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts and quantiles of the traces of a filter, by group */
        get: {
            parameters: {
                query?: {
                    agent?: string;
                    agentVersion?: string;
                    task?: string;
                    status?: "running" | "completed" | "failed" | "cancelled";
                    /** @description started at this time or later, Unix milliseconds */
                    from?: string;
                    /** @description started before this time, Unix milliseconds */
                    to?: string;
                    minReward?: string;
                    maxReward?: string;
                    session?: string;
                    user?: string;
                    tag?: string;
                    /** @description words that all stand in the trace */
                    text?: string;
                    by?: "agent" | "version" | "model" | "day" | "session" | "user" | "tag";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a row for each group */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            groups: {
                                key: string;
                                count: number;
                                spanCount: number;
                                reward?: components["schemas"]["Spread"];
                                latency?: components["schemas"]["Spread"];
                                firstToken?: components["schemas"]["Spread"];
                                calls: {
                                    count: number;
                                    failed: number;
                                };
                                tokens: {
                                    input: number;
                                    output: number;
                                };
                                errorCount: number;
                                errorRate: number;
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
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
        Problem: {
            error: {
                code: string;
                /** @description what happened, and the way out */
                message: string;
            };
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
        MetricsPage: {
            rows: components["schemas"]["MetricsRow"][];
            /** @description the `from` of the rows that come after these */
            next: number;
        };
        /** @description numbers of a step; null where one is not finite */
        MetricsRow: {
            section: string;
            step: number;
            time: string;
            values?: {
                [key: string]: number | null;
            };
            histograms?: {
                [key: string]: (number | null)[];
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
            spanCount: number;
            errorCount: number;
            tokens: {
                input: number;
                output: number;
            };
        };
        Spread: {
            count: number;
            mean: number;
            minimum: number;
            p25: number;
            median: number;
            p75: number;
            p90: number;
            p95: number;
            p99: number;
            maximum: number;
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
            spans: {
                [key: string]: unknown;
            }[];
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

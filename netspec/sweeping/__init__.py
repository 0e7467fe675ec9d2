"""Many variants of a spec: chosen, costed, kept in a journal, compared.

    axes → plan → points → engine → journal → results → table, plot

- What is varied: `axes`, or `lists` from a file. Which variants: `planning` makes a plan of
  `points`, or one that is `tuning`. What is wanted of them: `asking`, held to the specs by
  `fitting`.
- What measures them: `engines`, of `variants` in this process, in a `pool` of processes
  (`process` here, `worker` there) or on a `cluster`; latency by `timers` or `cluster_timers`,
  both by `timing`.
- What is kept: a `journal` of `lines` in a `folder`.
- What comes of it: `results`, weighed by `objectives`, left as `reports` and a `plot`.
- The whole: `sweep` asks `running` to do it; `dry_run` only looks ahead.
"""

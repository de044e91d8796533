#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Size against quality, evaluated by llama.cpp: its own types with its imatrix, and our fits of the same
# bytes. Prints file sizes and mean KL divergence to the f16 file over windows of 256 tokens.
#
#   against_llama.sh CLI LLAMA_BIN MODEL CALIBRATION EVALUATION [fit options…]
#
# CLI: bitloom-cli. LLAMA_BIN: the folder of llama-imatrix, llama-quantize and llama-perplexity.
set -euo pipefail
cli=$1 llama=$2 model=$3 calibration=$4 evaluation=$5
shift 5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'tail -n 5 "$work/log" >&2' ERR

evaluated() { # FILE: mean KL divergence and its error
    "$llama/llama-perplexity" -m "$1" -f "$evaluation" -c 256 --kl-divergence \
        --kl-divergence-base "$work/base" >"$work/log" 2>&1
    grep -E '^Mean +KLD: ' "$work/log" | sed -E 's/^Mean +KLD: *//'
}

"$cli" export "$model" --set '.*=f16' --format gguf -o "$work/f16.gguf" >"$work/log" 2>&1
"$llama/llama-imatrix" -m "$work/f16.gguf" -f "$calibration" -c 256 -o "$work/imatrix.gguf" \
    >"$work/log" 2>&1
"$llama/llama-perplexity" -m "$work/f16.gguf" -f "$evaluation" -c 256 \
    --kl-divergence-base "$work/base" >"$work/log" 2>&1
printf '%-8s %10s %-26s %10s %-26s\n' type bytes 'llama.cpp: KL' bytes 'fit: KL'
for type in Q2_K Q3_K_S Q3_K_M Q4_K_S Q4_K_M Q5_K_M; do
    "$llama/llama-quantize" --imatrix "$work/imatrix.gguf" "$work/f16.gguf" "$work/theirs.gguf" \
        "$type" >"$work/log" 2>&1
    bytes=$(stat -c %s "$work/theirs.gguf")
    "$cli" fit "$model" --bytes "$bytes" --target gguf --text "$calibration" "$@" \
        --force -o "$work/recipe.json" >"$work/log" 2>&1
    "$cli" export "$model" --recipe "$work/recipe.json" --calibration "$calibration" \
        --format gguf --force -o "$work/ours.gguf" >"$work/log" 2>&1
    theirs=$(evaluated "$work/theirs.gguf") # on lines of their own: a failure ends the table
    ours=$(evaluated "$work/ours.gguf")
    printf '%-8s %10s %-26s %10s %-26s\n' "$type" "$bytes" "$theirs" \
        "$(stat -c %s "$work/ours.gguf")" "$ours"
done

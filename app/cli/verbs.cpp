// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/verbs.h"

namespace bitloom {

const std::vector<Verb>& verbs()
{
    static const std::vector<Verb> kVerbs = {
        {"info", "what a model is made of",
         "name, path, format, architecture, runnable, missing, notice, quantization (null: the "
         "weights are not quantized already), identity, parameters, tensor_bytes, file_bytes, "
         "context, vocabulary, blocks, tokenizer, memory {original, quantized, key_value_cache}, "
         "slots [{name, tensor, role, block, shape, type, parameters, bytes, quantizable}], "
         "tensors [{name, shape, type, parameters, bytes, readable}]",
         &declareInfo},
        {"stats", "how the weights are distributed, and the inputs of every linear with --text",
         "slots [{name, count (of finite numbers), nan, infinite, minimum, maximum, mean, "
         "standard_deviation, kurtosis, zero_share, outlier_share, histogram {low, high, "
         "counts}}], unreadable [{name, type}], with --text also text, context, windows, "
         "activations [the same without outlier_share]",
         &declareStats},
        {"sensitivity", "what four bits would cost each slot",
         "text, context, windows, predictions, seed, examples, reference, quantity, total, slots "
         "[{name, damage}]; with --rounding values instead of slots. With --metric: text, context, "
         "windows, seed, metric, reference, "
         "quantity "
         "(null: the metric has no unit), total, slots [{name, damage}]. With --curvature: text, "
         "context, windows, seed, loss, measure, "
         "reference, "
         "quantity, total, slots [{name, curvature, uncertainty, products, converged, damage}]. "
         "With "
         "--density: text, context, windows, seed, loss, slot, steps, starts [{eigenvalues, "
         "weights}], eigenvalues, density",
         &declareSensitivity},
        {"lab",
         "every sensitivity beside what is measured with one slot changed, or one value rounded",
         "text, windows, context, seed, evaluation, quantity, complete, scores [{metric, spearman, "
         "within {scheme: spearman}, ln_ratio (mean of ln(predicted / measured); null: it has no "
         "scale), ln_ratio_deviation}], points [{slot (with --rounding value), scheme, measured, "
         "standard_error, predicted "
         "{metric: number}}]",
         &declareLab},
        {"measure", "what the layers of a recipe really cost, the most doubtful first",
         "text, held_out, quantity, before and after {predicted, low, high (nine of ten measured "
         "values lie between them), closed_form (nothing learnt)}, order [{what, uncertainty, "
         "share, after}], points [{slot and scheme (null: the whole recipe), predicted, measured, "
         "standard_error}], spearman, r2 (share of the variance of ln(measured) that ln(predicted) "
         "explains)",
         &declareMeasure},
        {"fit", "chooses every slot's bits under a budget",
         "recipe, target, bits_per_weight, bytes, predicted_kl, predicted_low and "
         "predicted_high (nine of ten measured values lie between them), quantity, text, context, "
         "windows, schemes {slot: scheme}, front [{bytes, bits_per_weight, predicted_kl}], "
         "why {slot: {up, down: {scheme, bytes, predicted_kl} more or less, of all slots that "
         "change together; null where there is none; bytes of the first budget, or where that is "
         "time milliseconds}}, memory (with --memory; else null) {engine, context, weights, "
         "key_value_cache, activations, bytes}, decode (with --latency; else null) {engine, "
         "milliseconds, milliseconds_beside_products, depends_on_scheme}, measured (with "
         "--measure; else null) "
         "{text, predicted_best, found and saved {value, standard_error} on the half of the text "
         "that the search never saw, better, complete, tried [{bytes, predicted, measured}]}",
         &declareFit},
        {"compare",
         "what two recipes make of the slots, and with --text what each difference costs",
         "a, b, text (null: nothing was measured), quantity, bytes, bits_per_weight and predicted "
         "(of a and of b; null: not known), slots [{name, a, b (scheme:method, or stored), bytes "
         "and predicted (b minus a)}] and values [{name, a, b (activation scheme, or float), "
         "predicted}] where they differ",
         &declareCompare},
        {"eval", "quality, and with a recipe how far the quantized model is from the original",
         "perplexity, standard_error (over blocks of text, a window or part of one each), tokens, "
         "blocks, engine, text, context, windows, documents, score; with a recipe also "
         "original_perplexity, ln_perplexity_ratio (paired token by token), kl_mean, "
         "kl_reverse_mean (quantized to original), top1_agreement, top5_agreement (the original's "
         "top token among the quantized top five), each with _standard_error; kl_median, kl_p90, "
         "kl_p95, kl_p99, kl_p999, kl_maximum, kl_along [{first, last, predictions, kl}] by the "
         "tokens seen before, bits_per_weight, bytes. Classifiers: examples, cut, engine, text, "
         "context, "
         "accuracy, f1; with a recipe also original_accuracy, kl_mean, agreement, each with "
         "_standard_error. Embeddings: cosine_mean, cosine_mean_standard_error, cosine_min. "
         "With --depth: depth {engine, windows, parts [{block, value, sqnr}]}, sqnr in dB, null "
         "where nothing differs. With --inputs: inputs, at, engine, output or outputs {name: "
         "numbers}",
         &declareEval},
        {"embed", "what an encoder makes of every line of a text",
         "path, lines, width, cut, engine", &declareEmbed},
        {"generate", "continues a prompt", "text, prompt, continuation, tokens, engine",
         &declareGenerate},
        {"export", "writes a file, reads it back and compares it bit for bit",
         "path, format, bytes, tensors_verified, left_out [sentences: what the format has no place "
         "for]",
         &declareExport},
        {"bench", "tokens or sentences per second of every engine",
         "results [{engine, description, weight_bytes, decode_tokens_per_second, "
         "prefill_tokens_per_second, decode_tokens, prefill_tokens}]; encoders: "
         "sentences_per_second, sentence_tokens",
         &declareBench},
        {"report", "writes all that is known of a recipe as one HTML file", "path", &declareReport},
        {"tokenize", "token ids of a text", "ids, count", &declareTokenize},
    };
    return kVerbs;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Real encoders, and what others computed with them.

#include "core/analyze/text/sentences.h"
#include "core/files/formats/writers.h"
#include "tests/relative_difference.h"
#include "tests/test_data.h"

namespace bitloom {

inline Matrix tensorIn(const std::string& file, const std::string& name)
{
    return openCheckpoint(file).find(name)->read();
}

/// The first `count` Hacker News titles, one a line.
inline std::string titles(int count)
{
    const std::string all =
        readTextFile(testData() + "/text/hacker_news_titles/hacker_news_2000.txt");
    size_t end = 0;
    for (int line = 0; line < count; ++line)
        end = all.find('\n', end) + 1;
    return all.substr(0, end);
}

/// What an engine makes of sentences, some at a time.
inline Matrix outputsOf(Engine& engine, const Sentences& sentences)
{
    Matrix all;
    Progress progress;
    encodeSentences(engine, sentences, progress, [&](const TextBatch&, const Matrix& outputs) {
        all.rows += outputs.rows;
        all.columns = outputs.columns;
        all.values.insert(all.values.end(), outputs.values.begin(), outputs.values.end());
    });
    return all;
}

/// A matrix's first rows.
inline Matrix firstRows(const Matrix& whole, int64_t rows)
{
    Matrix part(rows, whole.columns);
    std::copy_n(whole.values.begin(), part.values.size(), part.values.begin());
    return part;
}

/// bert-sst2's logits for dev_binary_sent.csv, against those of transformers.
inline double dev872Difference(Engine& engine, const Model& model)
{
    const std::string text = readTextFile(testData() + "/text/sst2/dev_binary_sent.csv");
    const Sentences sentences =
        readSentences(*model.tokenizer, text, model.graph.contextLength, model.graph.labels);
    return relativeDifference(
        outputsOf(engine, sentences),
        tensorIn(testData() + "/models/bert-sst2/expected_logits_dev.safetensors", "logits"));
}

/// MiniLM's embeddings of 200 titles (tests/data/minilm_embeddings.safetensors: transformers 5,
/// one line at a time), the first `count` of them.
inline double titlesDifference(Engine& engine, const Model& model, int count)
{
    const std::string file =
        (std::filesystem::path(__FILE__).parent_path() / "../../data/minilm_embeddings.safetensors")
            .string();
    const Sentences sentences = readSentences(*model.tokenizer, titles(count),
                                              model.graph.contextLength, model.graph.labels);
    return relativeDifference(outputsOf(engine, sentences),
                              firstRows(tensorIn(file, "embeddings"), count));
}

} // namespace bitloom

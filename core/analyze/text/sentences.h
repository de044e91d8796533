// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/labelled_text.h"
#include "core/analyze/text/text.h"
#include "core/network/engine/engine.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bitloom {

/// Sentences as an encoder reads them.
struct Sentences {
    LabelledText text;
    std::vector<std::vector<int32_t>> tokens; ///< with the tokenizer's marks around them
    int64_t cut = 0; ///< how many were longer than the context; their last mark is kept

    int64_t count() const { return static_cast<int64_t>(tokens.size()); }
};

/// Error when there is no sentence. `labels`: those the network knows. `most`: 0: all. `name`: the
/// text's, for errors (readLabelledText).
Sentences readSentences(const Tokenizer& tokenizer, const std::string& text, int64_t context,
                        const std::vector<std::string>& labels, int64_t most = 0,
                        const std::string& name = "the text");

/// Encodes sentences that are known already; Error when there is none.
Sentences readSentences(const Tokenizer& tokenizer, LabelledText text, int64_t context);

/// One window for each sentence: the whole of it is one prediction.
std::vector<Window> sentenceWindows(const Sentences& sentences);

/// Sees some sentences and the engine's outputs for them, one row a sentence.
using SentenceSink = std::function<void(const TextBatch& batch, const Matrix& outputs)>;
/// Runs the sentences in order, some at a time. Returns how many were done before a stop.
int64_t encodeSentences(Engine& engine, const Sentences& sentences, Progress& progress,
                        const SentenceSink& use);

} // namespace bitloom

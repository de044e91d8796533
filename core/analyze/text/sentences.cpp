// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/sentences.h"

#include "core/base/error.h"
#include "core/network/engine/finite_values.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

/// Sentences that go through an engine together.
constexpr int64_t kTogether = 32;

} // namespace

Sentences readSentences(const Tokenizer& tokenizer, const std::string& text, int64_t context,
                        const std::vector<std::string>& labels, int64_t most,
                        const std::string& name)
{
    LabelledText known = readLabelledText(text, labels, name);
    if (most > 0 && most < static_cast<int64_t>(known.sentences.size())) {
        known.sentences.resize(static_cast<size_t>(most));
        if (!known.labels.empty())
            known.labels.resize(static_cast<size_t>(most));
    }
    return readSentences(tokenizer, std::move(known), context);
}

Sentences readSentences(const Tokenizer& tokenizer, LabelledText text, int64_t context)
{
    if (text.sentences.empty())
        throw Error("text", "the text holds no sentence");
    Sentences sentences;
    sentences.text = std::move(text);
    for (const std::string& sentence : sentences.text.sentences) {
        std::vector<int32_t> tokens = tokenizer.encode(sentence, true);
        if (static_cast<int64_t>(tokens.size()) > context) {
            const int32_t mark = tokens.back();
            tokens.resize(static_cast<size_t>(context));
            if (tokenizer.data().addEos)
                tokens.back() = mark;
            ++sentences.cut;
        }
        sentences.tokens.push_back(std::move(tokens));
    }
    return sentences;
}

std::vector<Window> sentenceWindows(const Sentences& sentences)
{
    std::vector<Window> windows;
    for (const std::vector<int32_t>& tokens : sentences.tokens)
        if (!tokens.empty())
            windows.push_back({tokens, static_cast<int64_t>(tokens.size()) - 1});
    return windows;
}

int64_t encodeSentences(Engine& engine, const Sentences& sentences, Progress& progress,
                        const SentenceSink& use)
{
    int64_t done = 0;
    while (done < sentences.count() && !progress.stopRequested()) {
        const int64_t end = std::min(done + kTogether, sentences.count());
        TextBatch batch;
        for (int64_t i = done; i < end; ++i)
            batch.add(sentences.tokens[static_cast<size_t>(i)]);
        const Matrix outputs = engine.encode(batch);
        requireFiniteOutput(outputs.view(), "sentences");
        use(batch, outputs);
        done = end;
        progress.report(static_cast<double>(done) / static_cast<double>(sentences.count()),
                        "sentence " + std::to_string(done) + " of " +
                            std::to_string(sentences.count()));
    }
    return done;
}

} // namespace bitloom

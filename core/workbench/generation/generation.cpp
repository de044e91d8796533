// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/generation/generation.h"

#include "core/base/error.h"
#include "core/network/engine/sampling.h"
#include "core/network/tokenizers/token_stream.h"

#include <algorithm>

namespace bitloom {
namespace {

std::vector<int32_t> promptTokens(const Model& model, const std::string& prompt)
{
    const Tokenizer& tokenizer = *model.tokenizer;
    std::vector<int32_t> tokens = tokenizer.encode(prompt, false);
    if (tokenizer.data().startsWithBos())
        tokens.insert(tokens.begin(), tokenizer.data().bos);
    if (tokens.empty())
        throw Error("generate", "this model needs at least one token of prompt to start from");
    if (static_cast<int64_t>(tokens.size()) > model.graph.contextLength)
        throw Error("generate", "the prompt is " + std::to_string(tokens.size()) +
                                    " tokens long, the model's context only " +
                                    std::to_string(model.graph.contextLength));
    return tokens;
}

/// Hands whole characters to the sink and remembers them.
class Continuation {
public:
    Continuation(const Tokenizer& tokenizer, const std::vector<int32_t>& prompt,
                 const TokenSink& sink)
        : m_stream(tokenizer)
        , m_sink(sink)
    {
        for (const int32_t id : prompt)
            m_stream.push(id);
    }
    void push(int32_t id) { show(m_stream.push(id), id); }
    std::string finish(int32_t id)
    {
        if (const std::string rest = m_stream.finish(); !rest.empty())
            show(rest, id);
        return m_text;
    }

private:
    void show(const std::string& piece, int32_t id)
    {
        m_text += piece;
        if (m_sink)
            m_sink(piece, id);
    }

    TokenStream m_stream;
    const TokenSink& m_sink;
    std::string m_text;
};

std::string lastPosition(const Graph& graph)
{
    return "The text ends here: position " + std::to_string(graph.contextLength) +
           " is the last one this model knows.";
}

} // namespace

std::string Generation::generate(const std::optional<Recipe>& recipe,
                                 const GenerateSettings& settings, const TokenSink& sink,
                                 Progress& progress, EngineUse& used)
{
    opened().requireComputable("generate", progress);
    const std::vector<int32_t> prompt = promptTokens(model(), settings.prompt);
    const auto lease =
        opened().engines().lease(m_calibration.variant(recipe), settings.engine, progress);
    if (!lease)
        return {};
    Engine& engine = lease->engine();
    const auto length = static_cast<int64_t>(prompt.size());
    const int64_t room = model().graph.contextLength - length + 1;
    const int64_t wanted = std::min(settings.tokens, room);
    const auto sequence = engine.newSequence(length + std::max<int64_t>(0, wanted - 1));
    Continuation text(*model().tokenizer, prompt, sink);
    std::vector<int32_t> next = prompt;
    bool reachedEnd = false;
    for (int64_t step = 0; step < wanted && !progress.stopRequested(); ++step) {
        const Matrix logits = engine.run(*sequence, next, Rows::Last);
        const int32_t id =
            sampleToken(logits.row(logits.rows - 1), settings.temperature, settings.topK,
                        settings.topP, settings.seed, static_cast<uint64_t>(step));
        if (model().tokenizer->data().endOfText.contains(id))
            break;
        reachedEnd = step + 1 == room && wanted < settings.tokens;
        next = {id};
        text.push(id);
        progress.report(static_cast<double>(step + 1) / static_cast<double>(wanted), "generating");
    }
    used = lease->use();
    if (reachedEnd)
        used.notice += (used.notice.empty() ? "" : " ") + lastPosition(model().graph);
    return text.finish(next.back());
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "core/network/tokenizers/tokenizer.h"

#include <algorithm>
#include <functional>

namespace bitloom {

/// One token per byte, ids 3..258 as in SentencePiece; BOS 1.
class ByteTokenizer : public Tokenizer {
public:
    explicit ByteTokenizer(bool bos = true, bool eos = false)
    {
        m_data.addBos = bos;
        m_data.bos = bos ? 1 : -1;
        m_data.endOfSequence = eos ? 2 : -1;
    }
    /// Makes as if it had no question marks, for the count alone.
    int64_t dropped(std::string_view text) const override { return std::ranges::count(text, '?'); }
    std::vector<int32_t> encode(std::string_view text, bool withSpecial) const override
    {
        std::vector<int32_t> ids;
        if (withSpecial && m_data.addBos)
            ids.push_back(m_data.bos);
        for (const char c : text)
            ids.push_back(3 + static_cast<unsigned char>(c));
        return ids;
    }
    std::string decode(std::span<const int32_t> ids) const override
    {
        std::string text;
        for (const int32_t id : ids)
            text += static_cast<char>(id - 3);
        return text;
    }
};

class FakeSequence : public Sequence {
public:
    int64_t length() const override { return m_length; }
    void clear() override { m_length = 0; }
    int64_t m_length = 0;
};

/// Logits are a function of (token, vocabulary entry).
class FakeEngine : public Engine {
public:
    using Logit = std::function<float(int32_t token, int64_t entry)>;
    FakeEngine(int64_t vocabulary, Logit logit)
        : m_vocabulary(vocabulary)
        , m_logit(std::move(logit))
    {
    }
    std::string id() const override { return "fake"; }
    std::string description() const override { return "fake"; }
    int64_t weightBytes() const override { return 0; }
    std::unique_ptr<Sequence> newSequence(int64_t) override
    {
        return std::make_unique<FakeSequence>();
    }
    Matrix run(Sequence& sequence, std::span<const int32_t> tokens, Rows) override
    {
        static_cast<FakeSequence&>(sequence).m_length += static_cast<int64_t>(tokens.size());
        Matrix logits(static_cast<int64_t>(tokens.size()), m_vocabulary);
        for (size_t row = 0; row < tokens.size(); ++row)
            for (int64_t entry = 0; entry < m_vocabulary; ++entry)
                logits.row(static_cast<int64_t>(row))[static_cast<size_t>(entry)] =
                    m_logit(tokens[row], entry);
        return logits;
    }
    Matrix encode(const TextBatch&, const ValueTap&) override { return {}; }

private:
    int64_t m_vocabulary;
    Logit m_logit;
};

/// Asks to stop after so many reports.
class StopAfter : public Progress {
public:
    explicit StopAfter(int reports)
        : m_left(reports)
    {
    }
    void report(double, std::string_view) override { --m_left; }
    bool stopRequested() const override { return m_left <= 0; }

private:
    int m_left;
};

} // namespace bitloom

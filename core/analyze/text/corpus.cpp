// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/corpus.h"

#include <map>
#include <mutex>
#include <tuple>
#include <utility>

namespace bitloom {

struct Corpus::Shared {
    /// What is made of a text, by what it is made with. Who asks while another makes it waits for
    /// him: nothing is made twice. What cannot be made is tried again by the next.
    template <typename Key, typename Made>
    class MadeOnce {
    public:
        template <typename Make>
        std::shared_ptr<const Made> get(const Key& key, const Make& make)
        {
            const std::scoped_lock lock(m_mutex);
            std::shared_ptr<const Made>& known = m_all[key];
            if (!known)
                known = std::make_shared<const Made>(make());
            return known;
        }

    private:
        std::mutex m_mutex;
        std::map<Key, std::shared_ptr<const Made>> m_all;
    };

    /// By the tokenizer's number.
    using TokensKey = std::pair<uint64_t, bool>;
    using CutKey = std::tuple<uint64_t, int64_t, int64_t, int64_t, std::string, bool, bool>;
    using SentencesKey = std::tuple<uint64_t, int64_t, std::vector<std::string>, int64_t>;

    const std::string text;
    MadeOnce<bool, std::string> hash;
    MadeOnce<TokensKey, std::vector<int32_t>> tokens;
    MadeOnce<CutKey, Cut> cuts;
    MadeOnce<SentencesKey, Sentences> sentences;
};

Corpus::Corpus(std::string text)
    : m_shared(new Shared{
          .text = std::move(text), .hash = {}, .tokens = {}, .cuts = {}, .sentences = {}})
{
}

Corpus::Corpus(const char* text)
    : Corpus(std::string(text))
{
}

const std::string& Corpus::text() const
{
    return m_shared->text;
}

const std::string& Corpus::hash() const
{
    return *m_shared->hash.get(true, [this] {
        Fingerprint identity;
        identity.add(text());
        return identity.hex();
    });
}

bool Corpus::operator==(const Corpus& other) const
{
    return m_shared == other.m_shared || text() == other.text();
}

std::shared_ptr<const std::vector<int32_t>> Corpus::tokens(const Tokenizer& tokenizer,
                                                           bool withSpecial) const
{
    return m_shared->tokens.get({tokenizer.number(), withSpecial},
                                [&] { return tokenizer.encode(text(), withSpecial); });
}

std::shared_ptr<const Corpus::Cut> Corpus::windows(const Tokenizer& tokenizer, int64_t modelContext,
                                                   const TextSettings& settings) const
{
    const Shared::CutKey key(tokenizer.number(), modelContext, settings.context, settings.windows,
                             settings.separator, settings.lines, settings.secondHalf);
    return m_shared->cuts.get(key, [&] {
        Cut cut;
        cut.windows =
            makeWindows(tokenizer, text(), modelContext, settings, &cut.dropped,
                        [&](bool withSpecial) { return *tokens(tokenizer, withSpecial); });
        return cut;
    });
}

std::shared_ptr<const Sentences> Corpus::sentences(const Tokenizer& tokenizer, int64_t context,
                                                   const std::vector<std::string>& labels,
                                                   int64_t most, const std::string& name) const
{
    return m_shared->sentences.get({tokenizer.number(), context, labels, most}, [&] {
        return readSentences(tokenizer, text(), context, labels, most, name);
    });
}

} // namespace bitloom

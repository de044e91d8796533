// SPDX-License-Identifier: GPL-3.0-or-later
// BPE of characters: the whole text is one word, blanks are characters like others.
#include "core/network/tokenizers/bpe_tokenizer.h"
#include "core/network/tokenizers/tokenizers.h"
#include "core/network/tokenizers/utf8.h"

namespace bitloom {

namespace {

class CharacterBpeTokenizer final : public BpeTokenizer {
public:
    explicit CharacterBpeTokenizer(TokenizerData data)
        : BpeTokenizer(std::move(data))
    {
    }

private:
    void encodeStretch(std::string_view stretch, bool /*first*/, Merger& merger,
                       std::vector<int32_t>& ids) const override
    {
        if (const int32_t whole = m_data.ignoreMerges ? find(stretch) : -1; whole >= 0) {
            ids.push_back(whole);
            return;
        }
        std::vector<int32_t> symbols;
        bool afterUnknown = false;
        for (size_t at = 0; at < stretch.size();) {
            const auto length = static_cast<size_t>(utf8Step(stretch.substr(at)).length);
            const int32_t id = find(stretch.substr(at, length));
            if (id >= 0)
                symbols.push_back(id);
            else if (!(afterUnknown && m_data.fuseUnknown))
                addUnknown(symbols, false);
            afterUnknown = id < 0;
            at += length;
        }
        merger.apply(symbols);
        ids.insert(ids.end(), symbols.begin(), symbols.end());
    }

    std::string bytesOf(int32_t id) const override
    {
        return m_data.tokens[static_cast<size_t>(id)];
    }

    bool knows(std::string_view character) const override { return find(character) >= 0; }
};

} // namespace

std::unique_ptr<Tokenizer> makeBpeTokenizer(TokenizerData data)
{
    return std::make_unique<CharacterBpeTokenizer>(std::move(data));
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/corpus.h"
#include "core/base/error.h"

#include <QtTest>

#include <atomic>
#include <thread>

using namespace bitloom;

namespace {

/// A token a byte; counts how often it is asked.
class CountingTokenizer : public Tokenizer {
public:
    std::vector<int32_t> encode(std::string_view text, bool /*withSpecial*/) const override
    {
        ++m_asked;
        return {text.begin(), text.end()};
    }
    std::string decode(std::span<const int32_t> ids) const override
    {
        return {ids.begin(), ids.end()};
    }
    int asked() const { return m_asked; }

private:
    mutable std::atomic<int> m_asked = 0;
};

TextSettings contextOf(int64_t context, int64_t windows = 0)
{
    TextSettings settings;
    settings.context = context;
    settings.windows = windows;
    return settings;
}

} // namespace

class TestCorpus : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void copiesShareWhatIsMade()
    {
        const CountingTokenizer tokenizer;
        const Corpus corpus = std::string("abcdefghijkl");
        const Corpus copy = corpus;
        const auto windows = corpus.windows(tokenizer, 100, contextOf(4));
        QCOMPARE(windows->windows.size(), size_t{3});
        QCOMPARE(copy.windows(tokenizer, 100, contextOf(4)), windows);
        QCOMPARE(copy.tokens(tokenizer)->size(), size_t{12});
        QCOMPARE(copy.windows(tokenizer, 100, contextOf(6))->windows.size(), size_t{2});
        QCOMPARE(copy.windows(tokenizer, 100, contextOf(4, 1))->windows.size(), size_t{1});
        QCOMPARE(tokenizer.asked(), 1);
    }

    /// As the function cuts it, whatever is asked: no two settings are taken for each other.
    void windowsAreThoseOfMakeWindows()
    {
        const CountingTokenizer tokenizer;
        const std::string text = "abcdef ghijkl|mnopqr\nstuvwx|yz and more of it";
        const Corpus corpus = text;
        std::vector<TextSettings> all = {contextOf(4), contextOf(5), contextOf(4, 2)};
        all.push_back(contextOf(8));
        all.back().lines = true;
        all.push_back(contextOf(8));
        all.back().separator = "|";
        all.push_back(contextOf(8));
        all.back().secondHalf = true;
        for (int again = 0; again < 2; ++again)
            for (const TextSettings& settings : all)
                QCOMPARE(corpus.windows(tokenizer, 50, settings)->windows,
                         makeWindows(tokenizer, text, 50, settings));
        QVERIFY_THROWS_EXCEPTION(Error, corpus.windows(tokenizer, 50, contextOf(49)));
        QVERIFY_THROWS_EXCEPTION(Error, corpus.windows(tokenizer, 50, contextOf(49)));
    }

    void tokenizersAreToldApart()
    {
        const Corpus corpus = "abcdefgh";
        for (int i = 0; i < 3; ++i) { // perhaps where the one before it lay
            const CountingTokenizer tokenizer;
            QCOMPARE(corpus.tokens(tokenizer)->size(), size_t{8});
            QCOMPARE(tokenizer.asked(), 1);
        }
    }

    void sentencesAreReadOnce()
    {
        const CountingTokenizer tokenizer;
        const Corpus corpus = "one\ntwo\nthree\n";
        const auto all = corpus.sentences(tokenizer, 10, {}, 0, "a text");
        QCOMPARE(all->count(), int64_t{3});
        QCOMPARE(corpus.sentences(tokenizer, 10, {}, 0, "a text"), all);
        QCOMPARE(tokenizer.asked(), 3);
        QCOMPARE(corpus.sentences(tokenizer, 10, {}, 2, "a text")->count(), int64_t{2});
    }

    void bytesMakeItEqual()
    {
        const Corpus corpus = "abc";
        QVERIFY(corpus == Corpus("abc") && !(corpus == Corpus("abd")));
        QCOMPARE(corpus.hash(), Corpus("abc").hash());
        QVERIFY(corpus.hash() != Corpus("abd").hash());
        Fingerprint identity;
        identity.add(std::string_view("abc"));
        QCOMPARE(corpus.hash(), identity.hex()); // which recipes were saved with
        QVERIFY(Corpus().empty() && Corpus() == Corpus(""));
    }

    void anyThreadMayAsk()
    {
        const CountingTokenizer tokenizer;
        const Corpus corpus = std::string(100000, 'x');
        std::vector<std::thread> threads;
        std::atomic<int> right = 0;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                if (corpus.windows(tokenizer, 100, contextOf(10))->windows.size() == 10000)
                    ++right;
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(right.load(), 4);
        QCOMPARE(tokenizer.asked(), 1);
    }
};

QTEST_APPLESS_MAIN(TestCorpus)
#include "tst_corpus.moc"

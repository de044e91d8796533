// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/text.h"
#include "core/base/error.h"
#include "core/files/formats/writers.h"
#include "core/network/graph/graph.h"
#include "tests/core/analyze/fakes.h"
#include "tests/test_data.h"

#include <QtTest>

using namespace bitloom;

namespace {

TextSettings contextOf(int64_t context)
{
    TextSettings settings;
    settings.context = context;
    return settings;
}

TextSettings secondHalfOf(int64_t context)
{
    TextSettings settings = contextOf(context);
    settings.secondHalf = true;
    return settings;
}

} // namespace

class TestText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plainWindowsCarryBosAndDropTheRest()
    {
        const auto windows = makeWindows(ByteTokenizer(), "abcdefghijk", 100, contextOf(4));
        QCOMPARE(windows.size(), size_t{3}); // 11 tokens = 3·3 + 2
        for (const Window& window : windows) {
            QCOMPARE(window.tokens.size(), size_t{4});
            QCOMPARE(window.tokens.front(), 1);
            QCOMPARE(window.predictions(), 3);
        }
        QCOMPARE(windows[1].tokens[1], 3 + 'd');
        QCOMPARE(windows[2].tokens[3], 3 + 'i');
    }

    void withoutBosTheFirstTokenIsContext()
    {
        const auto windows = makeWindows(ByteTokenizer(false), "abcdefgh", 100, contextOf(4));
        QCOMPARE(windows.size(), size_t{2});
        QCOMPARE(windows[1].tokens.front(), 3 + 'e');
        QCOMPARE(windows[1].predictions(), 3);
    }

    /// Each stripped, empty ones skipped, EOS predicted, and never cut where there is no last
    /// position.
    void linesAreDocuments()
    {
        TextSettings settings;
        settings.lines = true;
        const std::string text = " abc \r\n\n\t\n" + std::string(300, 'x') + "\nz";
        int64_t dropped = -1;
        const auto windows =
            makeWindows(ByteTokenizer(true, true), text, kNoLastPosition, settings, &dropped);
        QCOMPARE(windows.size(), size_t{3});
        QCOMPARE(windows[0].tokens, (std::vector<int32_t>{1, 3 + 'a', 3 + 'b', 3 + 'c', 2}));
        QCOMPARE(windows[0].predictions(), 4);
        QCOMPARE(windows[1].predictions(), 301);
        QCOMPARE(windows[2].predictions(), 2);
        QCOMPARE(dropped, int64_t{0});
        QCOMPARE(makeWindows(ByteTokenizer(true, true), text, 50, settings)[1].predictions(), 49);
    }

    /// Nothing is there to be predicted by: the first character is context, and no end is counted.
    void linesWithoutSpecialTokens()
    {
        TextSettings settings;
        settings.lines = true;
        const auto windows = makeWindows(ByteTokenizer(false), "abc\nd", 100, settings);
        QCOMPARE(windows.size(), size_t{1});
        QCOMPARE(windows[0].predictions(), 2);
    }

    void withoutALastPositionWindowsHave128Tokens()
    {
        const auto windows =
            makeWindows(ByteTokenizer(), std::string(1000, 'x'), kNoLastPosition, {});
        QCOMPARE(windows.size(), size_t{7}); // of 127 fresh ones
        QCOMPARE(windows[6].tokens.size(), size_t{128});
        const auto longer =
            makeWindows(ByteTokenizer(), std::string(1000, 'x'), kNoLastPosition, contextOf(500));
        QCOMPARE(longer.size(), size_t{2});
    }

    /// Where text is split, what lies between the pieces is not left out but no text at all.
    void whatIsLeftOutIsCounted()
    {
        int64_t dropped = -1;
        makeWindows(ByteTokenizer(), "ab?c??", 100, contextOf(4), &dropped);
        QCOMPARE(dropped, int64_t{3});
        TextSettings settings;
        settings.separator = "??";
        makeWindows(ByteTokenizer(), "ab?c??defg??", 100, settings, &dropped);
        QCOMPARE(dropped, int64_t{1});
    }

    void windowsAreLimitedInNumber()
    {
        TextSettings settings = contextOf(8);
        settings.windows = 5;
        const auto windows = makeWindows(ByteTokenizer(), std::string(1000, 'x'), 64, settings);
        QCOMPARE(windows.size(), size_t{5});
    }

    void contextZeroMeansTheModels()
    {
        const auto windows = makeWindows(ByteTokenizer(), std::string(1000, 'x'), 64, {});
        QCOMPARE(windows.front().tokens.size(), size_t{64});
    }

    void documentsAreStrippedAndCut()
    {
        TextSettings settings = contextOf(6);
        settings.separator = "<e>";
        const auto windows =
            makeWindows(ByteTokenizer(), " ab <e>\n<e>abcdefghijklmn<e>c", 100, settings);
        QCOMPARE(windows.size(), size_t{3});
        QCOMPARE(windows[0].tokens, (std::vector<int32_t>{1, 3 + 'a', 3 + 'b'}));
        QCOMPARE(windows[1].tokens.size(), size_t{6});
        QCOMPARE(windows[2].predictions(), 1);
    }

    /// llama-perplexity: 108,308 tokens at context 256 are 423 chunks of 127 predictions.
    void secondHalfCountsAsLlamaPerplexity()
    {
        const std::string text(108307, 'x'); // and BOS
        const auto windows = makeWindows(ByteTokenizer(), text, 256, secondHalfOf(256));
        QCOMPARE(windows.size(), size_t{423});
        int64_t predictions = 0;
        for (const Window& window : windows) {
            QCOMPARE(window.tokens.size(), size_t{256});
            QCOMPARE(window.tokens.front(), 1);
            predictions += window.predictions();
        }
        QCOMPARE(predictions, 53721);
        QCOMPARE(windows.front().firstScored, 129);
    }

    void secondHalfReplacesTheFirstTokenOfAChunk()
    {
        const auto windows = makeWindows(ByteTokenizer(), "abcdefg", 256, secondHalfOf(4));
        QCOMPARE(windows.size(), size_t{2});
        QCOMPARE(windows[0].tokens, (std::vector<int32_t>{1, 3 + 'a', 3 + 'b', 3 + 'c'}));
        QCOMPARE(windows[1].tokens, (std::vector<int32_t>{1, 3 + 'e', 3 + 'f', 3 + 'g'}));
        QCOMPARE(windows[1].predictions(), 1);
    }

    void tooShortOrTooWideIsAnError()
    {
        QVERIFY_THROWS_EXCEPTION(Error, makeWindows(ByteTokenizer(), "abc", 256, contextOf(64)));
        QVERIFY_THROWS_EXCEPTION(
            Error, makeWindows(ByteTokenizer(), std::string(1000, 'x'), 64, contextOf(65)));
    }

    void overlapIsFoundByLine()
    {
        const std::string line = "Once there was a fox who lived beside the long river.";
        QVERIFY(textsOverlap("one\n  " + line + "\r\ntwo", "three\n" + line));
        QVERIFY(textsOverlap("short", " short\n"));
        QVERIFY(!textsOverlap("said the fox\nsaid the hen", "said the fox\nsaid the cat"));
        QVERIFY(!textsOverlap(line + "a", line + "b"));
        QVERIFY(!textsOverlap("", ""));
    }

    void bundledTextsAreDisjointAndLongEnough()
    {
        const std::string calibration = readTextFile(sampleData() + "/calibration.txt");
        const std::string evaluation = readTextFile(sampleData() + "/evaluation.txt");
        QVERIFY(!textsOverlap(calibration, evaluation));
        QVERIFY(textsOverlap(calibration, calibration.substr(calibration.size() / 2)));
        QVERIFY(calibration.size() > 20000);
        QVERIFY(evaluation.size() > 20000);
    }
};

QTEST_APPLESS_MAIN(TestText)
#include "tst_text.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// A table of labelled sentences stays one: what does not fit is named by its line.
#include "core/analyze/text/label_column.h"
#include "core/analyze/text/labelled_text.h"

#include "tests/refusal.h"

#include <QtTest>

namespace bitloom {

namespace {

const std::vector<std::string> kLabels = {"negative", "positive"};

std::string table(const QString& rest)
{
    return "label,sentence\n1,What a film.\n0,\"Long, and dull.\"\n1,Good.\n" + rest.toStdString();
}

} // namespace

class TestLabelledTable : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void badRowsAreNamed_data()
    {
        QTest::addColumn<QString>("rest");
        QTest::addColumn<QString>("said");
        QTest::newRow("label") << "7,what a film\n0,Bad.\n"
                               << "line 5: the label \"7\"";
        QTest::newRow("no label") << ",what a film\n"
                                  << "line 5: the label \"\"";
        QTest::newRow("comma") << "1,what, a film\n"
                               << "line 5: the row has 3 entries";
        QTest::newRow("no comma") << "what a film\n"
                                  << "line 5: the row has 1 entries";
        QTest::newRow("no sentence") << "1, \n"
                                     << "line 5: the sentence is empty";
        QTest::newRow("after lines in quotes") << "1,\"a\nb\"\n7,c\n"
                                               << "line 7: the label";
        QTest::newRow("open quote") << "1,\"it is good\n0,\"bad\"\n"
                                    << "line 5: a quote opens";
        QTest::newRow("open to the end") << "1,\"it is good\n"
                                         << "line 5: a quote opens";
        QTest::newRow("text behind a quote") << "1,\"so\" good\n"
                                             << "line 5: a quote opens";
    }
    void badRowsAreNamed()
    {
        QFETCH(QString, rest);
        QFETCH(QString, said);
        const QString sentence =
            refusal([&] { readLabelledText(table(rest), kLabels, "dev.csv"); });
        QVERIFY2(sentence.contains("dev.csv, " + said), qPrintable(sentence));
    }

    /// The others would be sentences with their labels in them.
    void halfOfTheRowsMayBeBad()
    {
        std::string text;
        for (int i = 0; i < 9; ++i)
            text += std::to_string(i % 2) + (i < 5 ? ",good" : ",so, so") + "\n";
        QVERIFY(refusal([&] { readLabelledText(text, kLabels); }).contains("line 6"));
    }

    void unknownLabelsAreNoSentences_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        QTest::newRow("numbers") << "0,bad\n1,good\n2,great\n3,best\n"
                                 << "line 3: the label \"2\"";
        QTest::newRow("first") << "7,best\n0,bad\n1,good\n"
                               << "line 1: the label \"7\"";
        QTest::newRow("misspelt first") << "postive,what a film\nnegative,bad\npositive,good\n"
                                        << "line 1: the label";
        QTest::newRow("header") << "text\tlabel\nbad\tneg\ngood\tpos\n"
                                << "line 2: the label \"neg\"";
        QTest::newRow("header, most rows with a separator too many")
            << "label,sentence\n1,bad\nneg,good\n0,so, so\n1,well, well\n0,on, and on\n"
            << "line 3: the label \"neg\"";
        QTest::newRow("fractions") << "0.0,bad\n1.0,good\n0.5,so so\n"
                                   << "line 3: the label \"0.5\"";
        QTest::newRow("float") << "0.0,bad\n1.0,good\n2.0,great\n3.0,best\n"
                               << "line 3: the label \"2.0\"";
        QTest::newRow("header, floats") << "review,label\nbad,0.0\ngood,2.0\n"
                                        << "line 3: the label \"2.0\"";
        QTest::newRow("header, labels of words")
            << "class,text\nvery bad,I left.\nvery good,I stayed.\n"
            << "line 2: the label \"very bad\"";
        QTest::newRow("header with blanks, other labels")
            << "Sentence, Label\nI love it, happy\nI left, sad\n"
            << "line 2: the label \"happy\"";
        QTest::newRow("quotes between tabs")
            << QString("\"so good\"\t\"1\"\n\"so bad\"\t\"0\"\n").repeated(4)
            << "line 1: the label \"\"1\"\"";
        QTest::newRow("words") << QString("pos;so good\nneg;so bad\n").repeated(4)
                               << "line 1: the label \"pos\"";
    }
    void unknownLabelsAreNoSentences()
    {
        QFETCH(QString, text);
        QFETCH(QString, said);
        const QString sentence = refusal([&] { readLabelledText(text.toStdString(), kLabels); });
        QVERIFY2(sentence.contains(said), qPrintable(sentence));
        QVERIFY2(sentence.contains("0 (negative), 1 (positive)"), qPrintable(sentence));
    }

    void tablesAreRead_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("semicolons") << "1;Good, very good\n0;Bad.\n";
        QTest::newRow("names in any case") << "Positive,\"Good, very good\"\nNEGATIVE,Bad.\n";
        QTest::newRow("blank rows") << "\n1,\"Good, very good\"\n,\n\n0,Bad.\n\n";
        QTest::newRow("longer column")
            << "text\turl\tlabel\nGood, very good\thttps://example.org/1\t1"
               "\nBad.\thttps://example.org/2\t0\n";
        QTest::newRow("floats") << "text,label\n\"Good, very good\",1.0\nBad.,0.0\n";
        QTest::newRow("blanks in the header") << "label; text\n1; Good, very good\n0; Bad.\n";
        QTest::newRow("two titles of labels")
            << "rating,review,sentiment\n10,\"Good, very good\",positive\n2,Bad.,negative\n";
        QTest::newRow("blank behind a quote") << "\"Good, very good\" ,1\nBad.,0\n";
    }
    void tablesAreRead()
    {
        QFETCH(QString, text);
        const LabelledText read = readLabelledText(text.toStdString(), kLabels);
        QCOMPARE(read.sentences, (std::vector<std::string>{"Good, very good", "Bad."}));
        QCOMPARE(read.labels, (std::vector<int>{1, 0}));
    }

    /// Where names are numbers, names count.
    void namesCountBeforeNumbers()
    {
        const LabelledText read = readLabelledText("1,a\n0,b\n", {"1", "0"});
        QCOMPARE(read.labels, (std::vector<int>{0, 1}));
        QCOMPARE(labelOf("V1.0", {"v1", "v1.0"}), std::optional(1));
        QCOMPARE(labelOf("1.0", {"2", "1"}), std::optional(1));
    }

    void proseIsNoTable_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("commas") << "Well, said he.\nNo, no, no.\nOne, two, three.\nGo, he said.\n";
        QTest::newRow("quotes") << "\"Well, said he.\n\"No,\" said she.\nA \"b\", c.\n";
        QTest::newRow("a number first") << "1, 2, 3, go!\nHe went.\nAnd she, too.\n";
        QTest::newRow("first line of titles")
            << "Content, comment, class\nHe went, she said, home.\nAnd then, yes.\nSo.\n";
        QTest::newRow("first line of titles, all rows fit")
            << "Class, dismissed!\nHe left, and she stayed.\nThey met, and they talked.\n";
        QTest::newRow("first line of titles alone") << "Content, comment, class\n";
        QTest::newRow("title without a blank")
            << "text;label\nHe went.\nShe came; they met.\nThen they went.\n";
        QTest::newRow("JSON lines")
            << QString("{\"label\":1,\"text\":\"so\"}\n{\"label\":0,\"text\":\"no\"}\n")
                   .repeated(8);
        QTest::newRow("JSON lines of three")
            << QString("{\"id\":1,\"kind\":\"so\",\"x\":2}\n{\"id\":2,\"kind\":\"no\",\"x\":1}\n")
                   .repeated(8);
        QTest::newRow("one tab") << "He\twent.\nShe came.\nThey met.\n";
    }
    void proseIsNoTable()
    {
        QFETCH(QString, text);
        const LabelledText read = readLabelledText(text.toStdString(), kLabels);
        QVERIFY(read.labels.empty());
        QCOMPARE(static_cast<qsizetype>(read.sentences.size()), text.count('\n'));
    }

    void aHeaderAloneHoldsNoSentence()
    {
        QVERIFY(readLabelledText("sentence\tlabel\n", kLabels).sentences.empty());
    }

    /// Sentence encoders know no labels.
    void withoutLabelsEveryLineIsASentence()
    {
        QCOMPARE(readLabelledText("label,sentence\n1,a\n", {}).sentences.size(), size_t{2});
    }
};

} // namespace bitloom

QTEST_APPLESS_MAIN(bitloom::TestLabelledTable)
#include "tst_labelled_table.moc"

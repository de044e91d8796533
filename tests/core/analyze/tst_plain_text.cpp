// SPDX-License-Identifier: GPL-3.0-or-later
// Texts in other encodings are converted where that is certain, and refused by place where not.
#include "core/analyze/text/plain_text.h"

#include "tests/refusal.h"

#include <QtTest>

namespace bitloom {

namespace {

/// Of several lines, with characters of one to four bytes.
const QString kText =
    QStringLiteral("Once upon a time\nthere was a caf\u00E9, \u8336\n\U0001F375 all.\n");

QByteArray encoded(const char* encoding, bool withMark)
{
    QStringEncoder encoder(*QStringConverter::encodingForName(encoding),
                           withMark ? QStringConverter::Flag::WriteBom
                                    : QStringConverter::Flag::Default);
    return encoder(kText);
}

PlainText read(const QByteArray& bytes)
{
    return plainText(bytes.toStdString(), "a.txt");
}

} // namespace

class TestPlainText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void utf8IsLeftAlone()
    {
        const PlainText text = read(kText.toUtf8());
        QCOMPARE(text.text, kText.toStdString());
        QVERIFY(text.note.empty());
        QVERIFY(read("").text.empty());
    }

    void marksTellTheEncoding_data()
    {
        QTest::addColumn<QString>("said");
        QTest::newRow("UTF-8") << "byte order mark";
        QTest::newRow("UTF-16LE") << "UTF-16LE";
        QTest::newRow("UTF-16BE") << "UTF-16BE";
        QTest::newRow("UTF-32LE") << "UTF-32LE";
        QTest::newRow("UTF-32BE") << "UTF-32BE";
    }
    void marksTellTheEncoding()
    {
        QFETCH(QString, said);
        const PlainText text = read(encoded(QTest::currentDataTag(), true));
        QCOMPARE(text.text, kText.toStdString());
        QVERIFY2(text.note.starts_with("a.txt: "), text.note.c_str());
        QVERIFY2(QString::fromStdString(text.note).contains(said), text.note.c_str());
    }

    void lineEndsBecomeOne()
    {
        QCOMPARE(read("a\r\nb\rc\r\n").text, std::string("a\nb\rc\n"));
        QVERIFY(QString::fromStdString(read("a\r\nb\r\n").note).contains("2 line ends"));
        QCOMPARE(read("a\rb\r").text, std::string("a\nb\n"));
        QVERIFY(read("a\rb\nc").note.empty()); // not a line end
    }

    void whatConversionsLostIsSaid()
    {
        const QString note = QString::fromStdString(read("a\nb\xEF\xBF\xBD\n").note);
        QVERIFY2(note.contains("line 2") && note.contains("U+FFFD"), qPrintable(note));
        const QString joined = QString::fromStdString(read("a\n\xEF\xBB\xBF"
                                                           "b\n")
                                                          .note);
        QVERIFY2(joined.contains("line 2"), qPrintable(joined));
        QVERIFY(!read("{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n").note.empty());
    }

    void unsureBytesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("said");
        const QByteArray lines = "One line.\nAnother\n";
        QTest::newRow("Latin-1") << lines + "caf\xE9 au lait\n"
                                 << QStringList{"line 3", "offset 21", "0xE9", "Windows-1252"};
        QTest::newRow("Cyrillic") << lines + "\xCF\xF0\xE8\xE2\xE5\xF2 \xEC\xE8\xF0\n"
                                  << QStringList{"line 3", "another encoding"};
        QTest::newRow("NUL") << lines + QByteArray("a\0b", 3)
                             << QStringList{"line 3", "offset 19", "NUL", "binary"};
        QTest::newRow("cut") << kText.toUtf8() + "caf\xC3"
                             << QStringList{"line 4", "it ends in the middle of a UTF-8 character",
                                            "cut there;"};
        for (const char* begun : {"\xC3", "\xE8\x8C", "\xF0\x9F\x8D"})
            QTest::addRow("cut after ASCII and %d bytes", static_cast<int>(qstrlen(begun)))
                << QByteArray(lines + "caf" + begun)
                << QStringList{"line 3", "offset 21", "it ends in the middle of a UTF-8",
                               "or is Windows-1252"};
        QTest::newRow("damaged") << kText.toUtf8().repeated(20) + "\xFF ok\n" + kText.toUtf8()
                                 << QStringList{"line 61", "0xFF", "damaged"};
        QTest::newRow("gzip") << QByteArray("\x1F\x8B\x08\x00", 4) << QStringList{"gzip"};
        for (const char* wide : {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
            QTest::newRow(wide)
                << QStringEncoder(wide)(QStringLiteral("Once upon a time\n")).operator QByteArray()
                << QStringList{QString(wide) + " without", "iconv"};
        QTest::newRow("broken UTF-16") << QByteArray("\xFF\xFE\x61\x00\x0A\x00\x00\xD8\x61\x00", 10)
                                       << QStringList{"line 2", "offset 6", "UTF-16LE"};
        QTest::newRow("half a unit")
            << QByteArray("\xFF\xFE\x61\x00\x62", 5) << QStringList{"line 1", "offset 4"};
        QTest::newRow("wide NUL") << QByteArray("\xFE\xFF\x00\x61\x00\x00", 6)
                                  << QStringList{"NUL"};
    }
    void unsureBytesAreRefused()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QStringList, said);
        const QString sentence = refusal([&] { read(bytes); });
        QVERIFY2(sentence.contains("a.txt"), qPrintable(sentence));
        for (const QString& part : std::as_const(said))
            QVERIFY2(sentence.contains(part), qPrintable(sentence));
    }

    void typedTextIsChecked()
    {
        requireUtf8("caf\xC3\xA9", "the prompt");
        const QString sentence = refusal([] { requireUtf8("caf\xE9", "the prompt"); });
        QVERIFY2(sentence.contains("the prompt, byte offset 3"), qPrintable(sentence));
    }
};

} // namespace bitloom

QTEST_APPLESS_MAIN(bitloom::TestPlainText)
#include "tst_plain_text.moc"

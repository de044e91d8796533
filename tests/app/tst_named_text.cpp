// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/named_text.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <thread>

using namespace bitloom;

/// Texts are read by workers, one job after the other.
class TestNamedText : public QObject {
    Q_OBJECT

    static NamedText read(const QString& path)
    {
        NamedText text;
        std::thread worker([&] { text = readNamedText(path); });
        worker.join();
        return text;
    }
    static void write(const QString& path, const QByteArray& bytes)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    }

private Q_SLOTS:
    void aFileThatIsAsItWasIsReadOnce()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath("some.txt");
        write(path, "one two\r\nthree\r\n");
        const NamedText first = read(path);
        const NamedText again = read(path);
        QCOMPARE(first.text.text(), std::string("one two\nthree\n"));
        QCOMPARE(again.name, first.name);
        QVERIFY(!first.note.isEmpty());
        QCOMPARE(again.note, first.note);
        QCOMPARE(&again.text.text(), &first.text.text()); // the very same
        write(path, "another text\n");
        QCOMPARE(read(path).text.text(), std::string("another text\n"));
        QCOMPARE(first.text.text(), std::string("one two\nthree\n"));
    }
};

QTEST_GUILESS_MAIN(TestNamedText)
#include "tst_named_text.moc"

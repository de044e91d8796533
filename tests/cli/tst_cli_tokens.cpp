// SPDX-License-Identifier: GPL-3.0-or-later
// A token that the network has no row for is said before the run, by every verb in the same words.
#include "tests/cli/run_cli.h"
#include "tests/core/network/tiny_llama.h"

using namespace bitloom;

class TestCliTokens : public QObject {
    Q_OBJECT

    CliFiles m_files;
    QString m_model;
    QString m_text;

private Q_SLOTS:
    void initTestCase()
    {
        m_model = m_files.path("tiny");
        TinyLlama().write(m_model.toStdString());
        const std::string path = m_model.toStdString() + "/tokenizer.json";
        auto json = nlohmann::json::parse(readTextFile(path));
        json["added_tokens"].push_back({{"id", 2048},
                                        {"content", "<pad>"},
                                        {"single_word", false},
                                        {"lstrip", false},
                                        {"rstrip", false},
                                        {"normalized", false},
                                        {"special", true}});
        writeTextFile(path, json.dump());
        m_text = m_files.written(
            "text.txt", QByteArray("Once upon a time <pad> there was a boat. ").repeated(60));
        QVERIFY(!m_text.isEmpty());
    }

    void everyVerbSaysTheSame_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const auto row = [](const QStringList& arguments) {
            QTest::newRow(qPrintable(arguments.front())) << arguments;
        };
        row({"evaluate", "--text", m_text});
        row({"sensitivity", "--text", m_text});
        row({"stats", "--text", m_text});
        row({"fit", "--bits", "4", "--text", m_text, "-o", m_files.path("recipe.json")});
        row({"lab", "--text", m_text, "--evaluation", sampleFile("evaluation.txt")});
        row({"generate", "--prompt", "Once <pad> upon"});
    }

    void everyVerbSaysTheSame()
    {
        QFETCH(QStringList, arguments);
        arguments.insert(1, m_model);
        if (arguments.contains("--text"))
            arguments << "--context"
                      << "32";
        const Outcome outcome = run(arguments);
        QCOMPARE(outcome.status, 1);
        QVERIFY2(outcome.err.contains("The tokenizer has 2049 tokens") &&
                     outcome.err.contains("The text holds the token <pad> (2048), but the "
                                          "network's table has rows for tokens 0 to 2047 only"),
                 qPrintable(outcome.err));
    }

    /// It needs no network.
    void tokenizeShowsIt()
    {
        const Outcome outcome = run({"tokenize", m_model, "--prompt", "<pad>", "--no-special"});
        QCOMPARE(outcome.out, "2048\n");
    }

    /// Why there is no tokenizer is said, whoever asks.
    void theReasonIsNotHidden()
    {
        const QString folder = m_files.path("dropout");
        TinyLlama().write(folder.toStdString());
        const std::string path = folder.toStdString() + "/tokenizer.json";
        auto json = nlohmann::json::parse(readTextFile(path));
        json["model"]["dropout"] = 0.1;
        writeTextFile(path, json.dump());
        for (const QStringList& arguments :
             {QStringList{"tokenize", folder, "--prompt", "hello"},
              QStringList{"evaluate", folder, "--text", m_text},
              QStringList{"generate", folder, "--prompt", "hello"}}) {
            const Outcome outcome = run(arguments);
            QCOMPARE(outcome.status, 1);
            QVERIFY2(outcome.err.contains("tokenizer.json drops merges at random"),
                     qPrintable(outcome.err));
        }
    }
};

QTEST_APPLESS_MAIN(TestCliTokens)
#include "tst_cli_tokens.moc"

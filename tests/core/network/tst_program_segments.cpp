// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/program_segments.h"
#include "tests/core/network/tiny_models.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;

namespace {

/// A block of two steps whose result is needed with what went in: x → a → b, out = b + a.
Program crossing()
{
    return {
        "decode",
        {{"relu", {0}, 1, {}, {}, 0}, {"relu", {1}, 2, {}, {}, 1}, {"add", {1, 2}, 3, {}, {}, 2}},
        0,
        3};
}

Graph fourValues()
{
    Graph graph;
    graph.values = {{"x", 1}, {"a", 1}, {"b", 1}, {"out", 1}};
    return graph;
}

} // namespace

class TestProgramSegments : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyArchitectureFallsIntoItsBlocks()
    {
        QTemporaryDir folder;
        for (const Architecture& architecture : architectures()) {
            const std::string path = folder.filePath(architecture.id.data()).toStdString();
            tinyModel(architecture).write(path);
            const auto model = openModel(path);
            const Program& program = model->graph.programs.front();
            const std::vector<Program> segments = segmentsOf(model->graph, program);
            QVERIFY(static_cast<int>(segments.size()) > model->graph.blocks);
            Program whole = segments.front();
            for (size_t i = 1; i < segments.size(); ++i) {
                QCOMPARE(segments[i].input, segments[i - 1].output);
                QVERIFY(!segments[i].readsTokens);
                whole = joined(whole, segments[i]);
            }
            QCOMPARE(whole.input, program.input);
            QCOMPARE(whole.output, program.output);
            QCOMPARE(whole.readsTokens, program.readsTokens);
            QCOMPARE(whole.steps.size(), program.steps.size());
            for (size_t i = 0; i < program.steps.size(); ++i)
                QCOMPARE(whole.steps[i].output, program.steps[i].output);
        }
    }

    void nothingIsCutWhereTwoValuesGoOn()
    {
        const std::vector<Program> segments = segmentsOf(fourValues(), crossing());
        QCOMPARE(segments.size(), size_t{2});
        QCOMPARE(segments[0].steps.size(), size_t{1}); // behind a, only a is needed
        QCOMPARE(segments[0].output, 1);
        QCOMPARE(segments[1].steps.size(), size_t{2}); // behind b, a and b are
    }
};

QTEST_APPLESS_MAIN(TestProgramSegments)
#include "tst_program_segments.moc"

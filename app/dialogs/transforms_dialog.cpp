// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/transforms_dialog.h"

#include "app/dialogs/edited_box.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

constexpr int kDialogWidth = 480; ///< sentences of two lines, not of six
constexpr double kStep = 0.05;
constexpr int kMostNamed = 3;

QLabel* wrapped(const QString& text)
{
    auto* label = new QLabel(text);
    label->setWordWrap(true);
    return label;
}

/// What a transform leaves as it is, a few of it by name.
QString leftOutText(const TransformScope& scope)
{
    QStringList sentences;
    for (const std::string& sentence : scope.leftOut)
        sentences.append(QString::fromStdString(sentence));
    const auto more = static_cast<int>(sentences.size()) - kMostNamed;
    QString text = QStringList(sentences.mid(0, kMostNamed)).join(' ');
    if (more > 0)
        text += ' ' + TransformsDialog::tr("%n more are left as they are.", nullptr, more);
    return text;
}

} // namespace

TransformsDialog::TransformsDialog(Session& session, QWidget* parent)
    : QDialog(parent)
    , m_session(session)
{
    setObjectName("transformsDialog");
    setWindowTitle(tr("Transforms"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(wrapped(tr("A transform changes weights so that the model computes the same "
                                 "and is easier to quantize. It looks at what the layers see on "
                                 "the calibration text; an exported file needs nothing for it.")));
    for (const Transform& transform : transforms())
        addRow(layout, transform);
    layout->addStretch();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Ok)->setObjectName("transformsOk");
    buttons->button(QDialogButtonBox::Cancel)->setObjectName("transformsCancel");
    connect(buttons, &QDialogButtonBox::accepted, this, &TransformsDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &TransformsDialog::reject);
    connect(&session, &Session::aboutToOpen, this, &TransformsDialog::reject);
    layout->addWidget(buttons);
    resize(kDialogWidth, layout->totalHeightForWidth(kDialogWidth));
}

void TransformsDialog::addRow(QBoxLayout* into, const Transform& transform)
{
    const QString id = QString::fromUtf8(transform.id);
    const Graph& graph = m_session.model().graph;
    const std::string problem = transformProblem(graph, {{std::string(transform.id), {}}});
    Row row{&transform, new QCheckBox(QString::fromUtf8(transform.title)), {}};
    row.chosen->setObjectName("transform-" + id);
    row.chosen->setChecked(present(transform) != nullptr);
    row.chosen->setEnabled(problem.empty());
    into->addWidget(row.chosen);
    auto* below = new QVBoxLayout;
    below->setContentsMargins(24, 0, 0, 0); // below the text of the box
    below->addWidget(wrapped(QString::fromStdString(transform.description)));
    const QString leftOut =
        problem.empty() ? leftOutText(transform.scope(graph)) : QString::fromStdString(problem);
    if (!leftOut.isEmpty())
        below->addWidget(wrapped(leftOut));
    auto* form = new QFormLayout;
    for (const Parameter& parameter : transform.parameters) {
        QDoubleSpinBox* box = makeBox(transform, parameter);
        box->setEnabled(row.chosen->isChecked());
        connect(row.chosen, &QCheckBox::toggled, box, &QWidget::setEnabled);
        form->addRow(QString::fromUtf8(parameter.name), box);
        row.parameters.append(box);
    }
    below->addLayout(form);
    into->addLayout(below);
    m_rows.append(row);
}

QDoubleSpinBox* TransformsDialog::makeBox(const Transform& transform, const Parameter& parameter)
{
    auto* box = new QDoubleSpinBox;
    box->setObjectName("transform-" + QString::fromUtf8(transform.id) + '-' +
                       QString::fromUtf8(parameter.name));
    box->setAccessibleName(QString::fromUtf8(parameter.name));
    box->setToolTip(QString::fromUtf8(parameter.description));
    box->setRange(parameter.least - kStep, parameter.most);
    box->setDecimals(3);
    box->setSingleStep(kStep);
    box->setSpecialValueText(tr("searched"));
    box->setValue(box->minimum());
    if (const TransformStep* step = present(transform))
        if (const auto found = step->parameters.find(std::string(parameter.name));
            found != step->parameters.end())
            box->setValue(found->second);
    watchEdits(box);
    return box;
}

const TransformStep* TransformsDialog::present(const Transform& transform) const
{
    const std::vector<TransformStep>& steps = m_session.recipe().transforms;
    const auto found = std::ranges::find(steps, transform.id, &TransformStep::id);
    return found == steps.end() ? nullptr : &*found;
}

TransformStep TransformsDialog::stepOf(const Row& row) const
{
    const TransformStep* before = present(*row.transform);
    TransformStep step = before ? *before : TransformStep{std::string(row.transform->id), {}};
    for (qsizetype i = 0; i < row.parameters.size(); ++i) {
        const QDoubleSpinBox* box = row.parameters[i];
        const std::string name(row.transform->parameters[static_cast<size_t>(i)].name);
        if (!isEdited(box))
            continue; // what a file says to more digits stays
        if (box->value() < row.transform->parameters[static_cast<size_t>(i)].least)
            step.parameters.erase(name);
        else
            step.parameters[name] = box->value();
    }
    return step;
}

void TransformsDialog::accept()
{
    std::vector<TransformStep> steps;
    for (const Row& row : std::as_const(m_rows))
        if (row.chosen->isChecked())
            steps.push_back(stepOf(row));
    m_session.setTransforms(steps);
    QDialog::accept();
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/method_dialog.h"

#include "app/dialogs/edited_box.h"

#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kDialogSize = 440;
constexpr int kDigits = 6;

QString nameOf(const Parameter& parameter)
{
    return QString::fromUtf8(parameter.name.data(), static_cast<qsizetype>(parameter.name.size()));
}

void setUsual(QDoubleSpinBox& box, const Parameter& parameter)
{
    box.setValue(parameter.standard);
    setEdited(&box); // also where it shows that of the first slot alone
}

} // namespace

const Method* MethodDialog::methodOf(const Session& session, const QList<int>& slotIndices)
{
    if (slotIndices.isEmpty())
        return nullptr;
    const std::string& first = session.choice(slotIndices.first()).method;
    const bool alike = std::ranges::all_of(slotIndices, [&](int slot) {
        const SlotChoice& choice = session.choice(slot);
        return !choice.scheme.empty() && choice.method == first;
    });
    const Method& method = methodNamed(first);
    return alike && !method.parameters().empty() ? &method : nullptr;
}

MethodDialog::MethodDialog(Session& session, const Method& method, const QList<int>& slotIndices,
                           QWidget* parent)
    : QDialog(parent)
    , m_session(session)
    , m_method(method)
    , m_slots(slotIndices)
{
    const QString title = QString::fromUtf8(method.title());
    setObjectName("methodDialog");
    setWindowTitle(tr("Parameters of %1").arg(title));
    auto* layout = new QVBoxLayout(this);
    const auto& present = session.choice(slotIndices.first()).parameters;
    for (const Parameter& parameter : method.parameters()) {
        auto* about = new QLabel(QString::fromUtf8(parameter.description));
        about->setWordWrap(true);
        const auto found = present.find(std::string(parameter.name));
        m_boxes.append(
            makeBox(parameter, found == present.end() ? parameter.standard : found->second));
        auto* form = new QFormLayout;
        form->addRow(nameOf(parameter), m_boxes.last());
        layout->addLayout(form);
        layout->addWidget(about);
    }
    layout->addStretch();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel |
                                         QDialogButtonBox::RestoreDefaults);
    buttons->button(QDialogButtonBox::Ok)->setObjectName("methodOk");
    buttons->button(QDialogButtonBox::Cancel)->setObjectName("methodCancel");
    QPushButton* usual = buttons->button(QDialogButtonBox::RestoreDefaults);
    usual->setObjectName("methodDefaults");
    connect(usual, &QPushButton::clicked, this, [this] {
        for (qsizetype i = 0; i < m_boxes.size(); ++i)
            setUsual(*m_boxes[i], m_method.parameters()[static_cast<size_t>(i)]);
    });
    connect(buttons, &QDialogButtonBox::accepted, this, &MethodDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &MethodDialog::reject);
    connect(&session, &Session::aboutToOpen, this, &MethodDialog::reject);
    layout->addWidget(buttons);
    resize(kDialogSize, layout->totalHeightForWidth(kDialogSize));
}

QDoubleSpinBox* MethodDialog::makeBox(const Parameter& parameter, double value)
{
    auto* box = new QDoubleSpinBox;
    box->setObjectName("method-" + nameOf(parameter));
    box->setAccessibleName(nameOf(parameter));
    box->setDecimals(kDigits);
    box->setRange(parameter.least, parameter.most);
    box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    box->setValue(value);
    watchEdits(box);
    return box;
}

void MethodDialog::accept()
{
    std::map<std::string, double> parameters;
    for (qsizetype i = 0; i < m_boxes.size(); ++i)
        if (isEdited(m_boxes[i])) // others stay, to all digits and of each slot
            parameters[std::string(m_method.parameters()[static_cast<size_t>(i)].name)] =
                m_boxes[i]->value();
    if (!parameters.empty())
        m_session.setMethodParameters(m_slots, m_method, parameters);
    QDialog::accept();
}

} // namespace bitloom
